/** What stands in the way of a run, in words, with what to do about it. Nothing fails silently. */
import { toast } from "../site/toast.js";
import { h } from "./dom.js";

export function mountNotices(host, session) {
  host.setAttribute("role", "status");
  let key = "";
  let refused = null;
  const show = () => {
    const notice = noticeOf(session) ?? refused;
    const now = notice ? notice.title + notice.text : "";
    if (now === key) return;
    key = now;
    host.replaceChildren(...(notice ? [callout(notice)] : []));
  };
  session.addEventListener("problem", ({ detail: { text, kind } }) => {
    if (kind !== "bad") return toast(text, kind);
    refused = { kind: "bad", title: "That was refused", text };
    show();
  });
  for (const name of ["run", "draft"]) session.addEventListener(name, () => {
    if (session.busy) refused = null;
    show();
  });
  session.addEventListener("connection", show);
  show();
}

function callout({ kind, title, text, action }) {
  return h("div", { class: `callout ${kind}` }, h("p", { class: "callout-title" }, title), text && h("p", {}, text), action && h("button", { type: "button", class: "btn small", onclick: action.do }, action.label));
}

function noticeOf(session) {
  const { run, connection } = session;
  if (!run) return null;
  const again = { label: "New run with these settings", do: () => session.compose() };
  const ends = {
    failed: ["bad", "The run failed", run.message || "It could not be computed to its end. Start a new one; if it fails again, change a knob."],
    cancelled: ["warn", "The run was cancelled", run.message || "What was computed until then can still be played."],
    abandoned: ["bad", "The run was given up", run.message || "No worker finished it in time. Start a new one."],
  };
  if (ends[run.status]) {
    const [kind, title, text] = ends[run.status];
    return { kind, title, text, action: again };
  }
  if (connection === "lost") return { kind: "warn", title: "Connection lost", text: "The browser is trying to come back; it will go on where it stopped. What has arrived can be played." };
  if (connection === "gone") return { kind: "bad", title: "The event stream is closed", text: "The server no longer accepts this page's connection.", action: { label: "Reload", do: () => location.reload() } };
  if (run.status === "queued") return { kind: "", title: "Waiting for a worker", text: session.ahead ? `${session.ahead} ${session.ahead === 1 ? "run is" : "runs are"} ahead of this one.` : "It starts in a moment." };
  return null;
}
