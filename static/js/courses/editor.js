/** A Markdown editor over a textarea, which keeps the text and works alone where this script does not. */

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { markdown } from "@codemirror/lang-markdown";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const look = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--surface)", fontSize: "0.9rem", height: "100%" },
  ".cm-content": { fontFamily: "var(--mono)", lineHeight: "1.65", padding: "1rem 0", caretColor: "var(--signal)" },
  ".cm-line": { padding: "0 1rem 0 0.6rem" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--ink-3)", border: "0", fontFamily: "var(--mono)", lineHeight: "1.65" },
  "&.cm-focused": { outline: "2px solid var(--sea)", outlineOffset: "-1px" },
  ".cm-cursor": { borderLeftColor: "var(--signal)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--sea) 26%, transparent)",
  },
  ".cm-scroller": { overflow: "auto" },
});

const colours = HighlightStyle.define([
  { tag: tags.heading, color: "var(--ink)", fontWeight: "700" },
  { tag: tags.strong, fontWeight: "700" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: [tags.link, tags.url], color: "var(--sea)" },
  { tag: tags.monospace, color: "var(--code-string)" },
  { tag: [tags.processingInstruction, tags.meta], color: "var(--ink-3)" },
  { tag: tags.quote, color: "var(--ink-2)" },
]);

/** Puts an editor in the place of `area`. `changed(text)` is called on every change. Gives `{ set, focus, view }`. */
export function mountEditor(area, { nonce, changed = () => {}, keys = [] }) {
  const view = new EditorView({
    state: EditorState.create({
      doc: area.value,
      extensions: [
        EditorView.cspNonce.of(nonce || ""),
        lineNumbers(),
        history(),
        drawSelection(),
        markdown(),
        syntaxHighlighting(colours),
        look,
        EditorView.lineWrapping,
        placeholder(area.placeholder || ""),
        keymap.of([...keys, ...defaultKeymap, ...historyKeymap, indentWithTab]),
        EditorView.contentAttributes.of({ "aria-label": labelOf(area), tabindex: "0", spellcheck: "true", "aria-multiline": "true" }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          area.value = view.state.doc.toString();
          changed(area.value);
        }),
        keymap.of([{ key: "Escape", run: leave }]),
      ],
    }),
  });
  view.dom.classList.add("markdown-editor");
  area.after(view.dom);
  area.hidden = true;
  area.removeAttribute("maxlength");
  return {
    view,
    focus: () => view.focus(),
    set: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
  };
}

/** Keeps `box` at the same share of its height as the editor. */
export function followScroll({ view }, box) {
  view.scrollDOM.addEventListener("scroll", () => {
    const { scrollTop, scrollHeight, clientHeight } = view.scrollDOM;
    const share = scrollTop / Math.max(1, scrollHeight - clientHeight);
    box.scrollTop = share * (box.scrollHeight - box.clientHeight);
  }, { passive: true });
}

/** Tab indents inside the editor, so Escape is the way out of it by keyboard. */
function leave(view) {
  view.contentDOM.blur();
  return true;
}

function labelOf(area) {
  return area.labels?.[0]?.textContent.trim() || "Text in Markdown. Escape leaves the editor.";
}
