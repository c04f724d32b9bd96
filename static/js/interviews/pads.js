// The notes: a page for each stage that has opened, one of them shown.

export class Pads {
  /** @param {HTMLElement} root `[data-pads]` @param {function(string, string): void} written */
  constructor(root, written) {
    this.root = root;
    this.written = written;
    this.errors = new Map();
    this.template = root.querySelector("[data-pad-template]");
    root.addEventListener("click", (event) => {
      const tab = event.target.closest("[data-pad-tab]");
      if (tab) this.select(tab.dataset.padTab, true);
    });
    root.addEventListener("input", (event) => {
      const pad = event.target.closest("[data-pad]");
      if (pad) written(pad.dataset.pad, event.target.value);
    });
  }

  get names() {
    return [...this.root.querySelectorAll("[data-pad]")].map((pad) => pad.dataset.pad);
  }

  tab(name) {
    return this.root.querySelector(`[data-pad-tab="${name}"]`);
  }

  pad(name) {
    return this.root.querySelector(`[data-pad="${name}"]`);
  }

  area(name) {
    return this.pad(name)?.querySelector("textarea");
  }

  /** The page of a stage that has just opened. */
  open(name) {
    if (!this.pad(name)) {
      const label = this.template.content.firstElementChild.cloneNode(true);
      const words = this.tab(name).textContent;
      label.dataset.pad = name;
      label.querySelector("span").textContent = `Notes: ${words}`;
      label.querySelector("textarea").placeholder = `${words}: what you ask, assume, reckon and decide …`;
      this.template.before(label);
    }
    this.tab(name).hidden = false;
  }

  select(name, focus = false) {
    this.current = name;
    for (const each of this.names) {
      this.pad(each).hidden = each !== name;
      this.tab(each).hidden = false;
      this.tab(each).setAttribute("aria-pressed", String(each === name));
    }
    if (focus) this.area(name).focus();
    this.showError();
  }

  show(name, text) {
    const area = this.area(name);
    if (!area || area.value === text) return;
    const { selectionStart, selectionEnd } = area;
    area.value = text;
    if (document.activeElement === area) area.setSelectionRange(selectionStart, selectionEnd);
  }

  state(words) {
    this.root.querySelector("[data-pad-state]").textContent = words;
  }

  refuse(name, words) {
    this.errors.set(name, words);
    this.showError();
  }

  showError() {
    const words = this.errors.get(this.current) ?? "";
    const box = this.root.querySelector("[data-pad-error]");
    box.textContent = words ? `Not saved: ${words}` : "";
    box.hidden = !words;
  }
}
