// The diagram: its source, and the picture that the server draws a moment after the last change. The last good one stays.

import { csrfToken } from "../site/csrf.js";

const PAUSE_MS = 400;
const AGAIN_MS = 4000;
const MOST_SHRUNK = 1.8; // up to so much wider a picture is made to fit; beyond that its words would be too small, and it scrolls

export class DiagramPad {
  /** @param {HTMLElement} root `[data-pad="diagram"]` @param {{url: string, written: function(string): void}} options */
  constructor(root, { url, written }) {
    Object.assign(this, { root, url });
    this.source = root.querySelector("[data-diagram-source]");
    this.picture = root.querySelector("[data-diagram-picture]");
    this.source.addEventListener("input", () => {
      written(this.source.value);
      this.drawSoon(PAUSE_MS);
    });
    this.drawSoon(0);
  }

  show(text) {
    if (this.source.value === text) return;
    this.source.value = text;
    this.drawSoon(0);
  }

  drawSoon(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.draw(), ms);
  }

  async draw() {
    this.request?.abort();
    this.request = new AbortController();
    const body = new URLSearchParams({ source: this.source.value });
    if (!this.source.value.trim()) return this.say("");
    try {
      const response = await fetch(this.url, { method: "POST", body, headers: { "X-CSRFToken": csrfToken() }, signal: this.request.signal, credentials: "same-origin" });
      const answer = await response.json();
      if (response.ok) this.place(answer);
      else this.refused(response.status, answer);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.say("The picture follows when the connection is back. The source is kept.");
      this.drawSoon(AGAIN_MS);
    }
  }

  refused(status, { message, line }) {
    this.picture.classList.add("stale");
    this.say(status === 422 ? `Line ${line}: ${message}. ${this.drawn ? "The picture shows what could be drawn last." : ""}` : message);
    if (status === 429) this.drawSoon(AGAIN_MS);
  }

  place(drawings) {
    const images = ["light", "dark"].map((theme) => {
      const { sha, width, height } = drawings[theme];
      return Object.assign(new Image(width, height), { className: `on-${theme}`, src: `/diagrams/${sha}.svg`, alt: "Your diagram, as the source beside it says" });
    });
    this.drawn = true;
    this.picture.classList.toggle("fitted", drawings.light.width <= MOST_SHRUNK * this.picture.clientWidth);
    this.picture.classList.remove("stale");
    this.picture.replaceChildren(...images);
    this.say("");
  }

  /** Why the source was not saved, until it is written anew; nothing for none. */
  refuse(words) {
    this.unsaved = words;
    this.say(this.problem ?? "");
  }

  /** What is wrong with the picture. */
  say(words) {
    this.problem = words;
    const box = this.root.querySelector("[data-diagram-problem]");
    box.textContent = this.unsaved ? `Not saved: ${this.unsaved}` : words;
    box.hidden = !box.textContent;
    this.source.setAttribute("aria-invalid", String(Boolean(this.unsaved) || words.startsWith("Line")));
  }
}
