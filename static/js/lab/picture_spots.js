/**
 * What can be pointed at in a picture: members of groups, and nodes that actions are aimed at. Each is a button over the
 * canvas; hovering or focusing it says how it is, pressing it offers the actions. Arrow keys go from member to member.
 */
import { h, setText, uniqueId } from "./dom.js";
import { actionIcon } from "./icons.js";
import { memberWords } from "./picture_group.js";
import { statusWords } from "./picture_nodes.js";
import { actionsAt, whyShut } from "./targets.js";

export class Spots {
  /** @param {HTMLElement} host the figure around the canvas @param {import("./picture.js").Picture} picture @param {import("./session.js").Session} session */
  constructor(host, picture, session) {
    Object.assign(this, { host, picture, session, buttons: new Map(), shown: null, pinned: false });
    this.layer = h("div", { class: "spots", onkeydown: (event) => this.key(event) });
    this.title = h("b", {});
    this.words = h("p", {});
    this.actions = h("div", { class: "row" });
    this.reason = h("p", { class: "muted" });
    this.card = h("div", { class: "spot-card", id: uniqueId("spot"), hidden: true }, this.title, this.words, this.actions, this.reason);
    host.append(this.layer, this.card);
    host.addEventListener("focusout", ({ relatedTarget }) => relatedTarget && !host.contains(relatedTarget) && this.hide());
    this.outside = (event) => this.pinned && !host.contains(event.target) && this.hide();
    document.addEventListener("pointerdown", this.outside);
    picture.ondrawn = () => this.place();
  }

  /** The picture is thrown away. */
  close() {
    document.removeEventListener("pointerdown", this.outside);
    this.picture.ondrawn = null;
  }

  /** Buttons where the picture has drawn something to point at. */
  place() {
    const spots = this.picture.spots().filter(({ member, name }) => member || actionsAt(this.session, name).length);
    const names = new Set(spots.map(({ name }) => name));
    for (const [name, { button }] of this.buttons) if (!names.has(name)) this.remove(name, button);
    for (const spot of spots) this.put(spot);
    this.oneTabStop(spots);
    if (this.shown) this.show(this.shown);
  }

  remove(name, button) {
    if (this.shown === name) this.hide();
    button.remove();
    this.buttons.delete(name);
  }

  put(spot) {
    const { name, rect } = spot;
    if (!this.buttons.has(name)) {
      const on = { onpointerenter: () => this.pinned || this.show(name), onpointerleave: () => this.pinned || this.hide(), onfocus: () => this.pinned || this.show(name), onclick: () => this.press(name) };
      const button = h("button", { type: "button", class: "spot", "aria-controls": this.card.id, "aria-expanded": "false", ...on });
      this.buttons.set(name, { button });
      this.layer.append(button);
    }
    const known = this.buttons.get(name);
    known.spot = spot;
    const label = `${name === spot.node.id ? spot.node.label : name}: ${wordsOf(spot)}`;
    if (known.label !== label) known.button.setAttribute("aria-label", (known.label = label));
    const place = [rect.x, rect.y, rect.width, rect.height].map((px) => Math.round(px)).join(" ");
    if (known.place === place) return;
    known.place = place;
    Object.assign(known.button.style, { left: `${rect.x}px`, top: `${rect.y}px`, width: `${rect.width}px`, height: `${rect.height}px` });
  }

  /** Of each group one member is reached by Tab, the others by arrow keys. */
  oneTabStop(spots) {
    const seen = new Set();
    for (const { name, node, member } of spots) {
      const { button } = this.buttons.get(name);
      const first = !member || !seen.has(node.id);
      const wanted = document.activeElement === button || (first && !this.focusedIn(node)) ? 0 : -1;
      if (button.tabIndex !== wanted) button.tabIndex = wanted;
      seen.add(node.id);
    }
  }

  focusedIn(node) {
    return [...this.buttons.values()].some(({ button, spot }) => button === document.activeElement && spot?.node.id === node.id && spot.member);
  }

  key(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape" && this.pinned) this.hide();
    if (!step) return;
    const group = [...this.buttons.values()].filter(({ spot }) => spot.member);
    const at = group.findIndex(({ button }) => button === event.target);
    if (at < 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = group[(at + step + group.length) % group.length].button;
    next.tabIndex = 0;
    event.target.tabIndex = -1;
    this.pinned = false;
    next.focus();
  }

  press(name) {
    if (this.pinned && this.shown === name) return this.hide();
    this.pinned = true;
    this.show(name);
    this.actions.querySelector("button:not(:disabled)")?.focus();
  }

  show(name) {
    const known = this.buttons.get(name);
    if (!known) return this.hide();
    if (this.shown !== name) this.buttons.get(this.shown)?.button.setAttribute("aria-expanded", "false");
    this.shown = name;
    known.button.setAttribute("aria-expanded", String(this.pinned));
    setText(this.title, name === known.spot.node.id ? known.spot.node.label : name);
    setText(this.words, wordsOf(known.spot));
    this.offer(name);
    this.card.hidden = false;
    this.card.classList.toggle("pinned", this.pinned);
    this.stand(known.spot.rect);
  }

  offer(name) {
    const actions = this.pinned ? actionsAt(this.session, name) : [];
    const shut = whyShut(this.session);
    const key = `${name}|${this.pinned}|${Boolean(shut)}`;
    if (key !== this.offered) {
      this.offered = key;
      this.actions.replaceChildren(...actions.map((action) => this.button(action, name, Boolean(shut))));
    }
    setText(this.reason, actions.length ? shut : "");
    this.actions.hidden = actions.length === 0;
    this.reason.hidden = !this.reason.textContent;
  }

  button(action, target, disabled) {
    const press = async () => {
      this.hide();
      this.buttons.get(target)?.button.focus();
      await this.session.change({ kind: "do", name: action.name, target });
    };
    return h("button", { type: "button", class: "btn small", title: action.help, disabled, onclick: press, onkeydown: ({ key }) => key === "Escape" && (this.hide(), this.buttons.get(target)?.button.focus()) }, actionIcon(action), action.label);
  }

  /** Under what it speaks of, or over it where there is no room; never outside of the picture. */
  stand({ x, y, width, height }) {
    const { offsetWidth, offsetHeight } = this.card;
    const below = y + height + 6;
    const top = below + offsetHeight > this.host.clientHeight + 40 ? Math.max(4, y - offsetHeight - 6) : below;
    const left = Math.min(Math.max(4, x + width / 2 - offsetWidth / 2), Math.max(4, this.host.clientWidth - offsetWidth - 4));
    Object.assign(this.card.style, { left: `${left}px`, top: `${top}px` });
  }

  hide() {
    this.buttons.get(this.shown)?.button.setAttribute("aria-expanded", "false");
    Object.assign(this, { shown: null, pinned: false, offered: "" });
    this.card.hidden = true;
  }
}

function wordsOf({ node, member, state }) {
  if (member) return memberWords(node, member);
  return [statusWords(node, state) || state.status || node.statuses[0], state.queued ? `${state.queued} waiting` : ""].filter(Boolean).join(", ");
}
