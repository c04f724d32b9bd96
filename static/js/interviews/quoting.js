// Quoting: what is selected in the notes becomes the evidence of an item, by key, by the item's button or by one at the selection.

import { toast } from "../site/toast.js";

export class Quoting {
  /** @param {HTMLElement} root @param {function(string, HTMLElement|undefined): void} quoted */
  constructor(root, quoted) {
    this.quoted = quoted;
    this.button = root.querySelector("[data-quote-here]");
    this.held = "";
    document.addEventListener("selectionchange", () => this.follow());
    this.button.addEventListener("mousedown", (event) => event.preventDefault()); // or the selection would be gone
    this.button.addEventListener("click", () => this.take());
  }

  /** The selected words, if they lie within one page of notes. */
  get selected() {
    const selection = document.getSelection();
    const text = selection?.toString().trim() ?? "";
    const inside = (node) => (node?.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest?.("[data-notes]");
    const place = inside(selection?.anchorNode);
    return text && place && place === inside(selection.focusNode) ? text : "";
  }

  follow() {
    const text = this.selected;
    if (text) this.held = text; // a click into the rubric takes the selection away, not the words
    this.button.hidden = !text;
    if (!text) return;
    const { top, left, width } = document.getSelection().getRangeAt(0).getBoundingClientRect();
    this.button.style.top = `${Math.max(8, top + scrollY - 44)}px`;
    this.button.style.left = `${left + scrollX + width / 2}px`;
  }

  take(item) {
    const text = this.selected || this.held;
    if (!text) return toast("Select the words in the notes first.");
    this.held = "";
    document.getSelection().removeAllRanges();
    this.quoted(text, item);
    return undefined;
  }
}
