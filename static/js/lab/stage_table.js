/** The picture as a table: every node and every member of a group, with its status, what it works on and what waits. */
import { h } from "./dom.js";
import { clock } from "./format.js";
import { groupWords } from "./picture_group.js";
import { withSlots } from "./slots.js";

export class StageTable {
  /** @param {import("./session.js").Session} session */
  constructor(session) {
    this.session = session;
    this.box = h("div", { class: "table-box", tabindex: 0, role: "region", "aria-label": "The picture as a table" });
    this.element = h("details", { class: "stage-table", ontoggle: () => this.fill() }, h("summary", {}, "The picture as a table"), this.box);
  }

  /** Written anew once a bin, while it is open. */
  show(arm, preview) {
    const { buffer, player, run } = this.session;
    this.element.hidden = preview;
    const index = buffer.indexAt(player.playhead);
    const key = `${arm}|${index}|${run?.id}|${run?.take}`;
    if (preview || key === this.key) return;
    Object.assign(this, { key, arm, index });
    this.fill();
  }

  fill() {
    if (!this.element.open || this.arm === undefined) return;
    const { session, arm, index } = this;
    const parameters = session.parametersAt(session.player.playhead);
    const states = session.buffer.nodes(arm, index);
    const rows = session.description.topology.nodes.flatMap((node) => nodeRows(withSlots(node, parameters), states[node.id]));
    const head = ["Node", "Status", "Busy", "Waiting"].map((text, i) => h("th", { scope: "col", class: i > 1 ? "num" : null }, text));
    const caption = `${session.armLabel(arm)} at ${clock(session.buffer.times[Math.max(0, index)] ?? 0)}`;
    this.box.replaceChildren(h("table", { class: "table" }, h("caption", {}, caption), h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows)));
  }
}

function nodeRows(node, state) {
  if (!state) return [row(node.label, "–", "–", "–")];
  const members = state.members ?? [];
  const status = node.members ? groupWords(node, members) : state.status || node.statuses[0] || "–";
  const own = row(node.label, status, busyWords(node, state, members.length || 1), String(state.queued));
  return [own, ...members.map((member) => row(member.name, member.status || node.statuses[0] || "–", busyWords(node, member, 1), String(member.queued), true))];
}

const busyWords = (node, { busy }, count) => (node.slots ? `${busy} of ${node.slots * count}` : String(busy));

function row(name, status, busy, waiting, inside = false) {
  return h("tr", { class: inside ? "member" : null }, h("th", { scope: "row" }, name), h("td", {}, status), h("td", { class: "num" }, busy), h("td", { class: "num" }, waiting));
}
