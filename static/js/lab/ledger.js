/** The ledger: what was changed while the run played, when, with an undo for each row. And what can be done with the run. */
import { h } from "./dom.js";
import { changeText, clock } from "./format.js";
import { icon } from "./icons.js";

/** `plain`: what was done stays done here, and a fork would lead away from the page. */
export function mountLedger(host, session, { plain = false } = {}) {
  let key = "";
  const show = () => {
    const { run } = session;
    const now = run ? `${run.id}|${run.status}|${session.busy}|${run.changes.map(({ index }) => index).join()}` : "";
    host.hidden = !run;
    if (now === key || !run) return;
    key = now;
    host.replaceChildren(card(session, plain));
  };
  session.addEventListener("run", show);
  show();
}

function card(session, plain) {
  const { run } = session;
  const undoable = run.mine && !session.isLive && !plain;
  const rows = run.changes.map((row) => ledgerRow(session, row, undoable));
  const empty = h("p", { class: "muted small" }, "No changes yet. What you turn or break while it plays is written down here.");
  const parent = run.parent ? h("p", { class: "muted small" }, "Forked ", h("a", { href: `/labs/runs/${run.parent}/` }, "from this run"), run.forked_at_s === null ? "" : ` at ${clock(run.forked_at_s)}`, ".") : null;
  return h("div", { class: "card ledger" }, h("header", {}, h("h2", {}, "Ledger"), h("span", { class: "badge" }, `take ${run.take}`)), parent, rows.length ? h("ol", {}, rows) : empty, runButtons(session, plain));
}

function ledgerRow(session, row, undoable) {
  const text = changeText(session.description, row);
  const jump = h("button", { type: "button", class: "ledger-time mono", title: "Go there", onclick: () => session.player.seek(row.t_s) }, clock(row.t_s));
  const undo = undoable && h("button", { type: "button", class: "btn small ghost icon", disabled: session.busy, "aria-label": `Undo: ${text}`, title: "Undo", onclick: () => session.undo(row.index) }, icon("undo"));
  return h("li", {}, jump, h("span", {}, text), undo);
}

function runButtons(session, plain) {
  const active = ["queued", "running"].includes(session.run.status);
  const fork = session.isLive || plain ? null : h("button", { type: "button", class: "btn small", disabled: session.busy, onclick: () => session.fork() }, icon("fork"), "Fork here");
  const stop = active && session.run.mine && h("button", { type: "button", class: "btn small danger", disabled: session.busy, onclick: () => session.cancel() }, icon("stop"), "Cancel");
  const again = h("button", { type: "button", class: "btn small", onclick: () => session.compose() }, icon("plus"), "New run");
  return h("div", { class: "row" }, fork, again, stop);
}
