/** The head of the page: which world, the link, the exports. */
import { toast } from "../site/toast.js";
import { h } from "./dom.js";
import { knobText } from "./format.js";
import { icon } from "./icons.js";
import { exportPicture } from "./export_png.js";

const WORLD_WORDS = { simulated: ["Simulated", "Virtual time: the same seed gives the same run, to the byte."], live: ["Live", "Real sockets, at wall-clock pace: no two runs are alike."] };

export function mountTools(host, session, help) {
  const worlds = worldSwitch(session);
  const link = h("button", { type: "button", class: "btn", onclick: () => share(session) }, icon("link"), "Link");
  const exports = exportMenu(session);
  const helpButton = h("button", { type: "button", class: "btn icon", "aria-label": "Keys and help", title: "Keys and help (?)", onclick: help }, icon("help"));
  host.replaceChildren(...[worlds?.element, h("div", { class: "row" }, link, exports.element, helpButton)].filter(Boolean));
  const show = () => {
    worlds?.show();
    exports.show();
  };
  session.addEventListener("run", show);
  session.addEventListener("draft", show);
  show();
}

function worldSwitch(session) {
  const { worlds } = session.description;
  if (worlds.length < 2) return null;
  const radios = worlds.map((world) => h("input", { type: "radio", name: "world", value: world, onchange: () => session.setDraft({ world }) }));
  const element = h("fieldset", { class: "segmented worlds" }, h("legend", { class: "visually-hidden" }, "World"), worlds.map((world, i) => h("label", { title: WORLD_WORDS[world]?.[1] }, radios[i], WORLD_WORDS[world]?.[0] ?? world)));
  const show = () => radios.forEach((radio) => {
    radio.checked = radio.value === (session.run?.world ?? session.draft.world);
    radio.disabled = session.run !== null;
  });
  return { element, show };
}

/** The run's permalink, or the form as an address. */
export function shareAddress(session, origin = location.origin) {
  const { run, draft, description } = session;
  if (run) return origin + run.url;
  const query = new URLSearchParams();
  for (const knob of description.knobs) if (draft.parameters[knob.name] !== knob.default) query.set(`set.${knob.name}`, draft.parameters[knob.name]);
  if (draft.seed !== null) query.set("seed", draft.seed);
  const text = query.toString();
  return `${origin}/labs/${description.slug}/${text ? `?${text}` : ""}`;
}

async function share(session) {
  const address = shareAddress(session);
  try {
    await navigator.clipboard.writeText(address);
    toast(session.run ? "The link to this run is copied." : "A link with these settings is copied.", "ok");
  } catch {
    toast(`Copy this link: ${address}`);
  }
}

function exportMenu(session) {
  const csv = h("a", { download: true }, icon("table"), "Table (CSV)");
  const json = h("a", { download: true }, icon("download"), "Everything (JSON)");
  const png = h("button", { type: "button", onclick: () => exportPicture(session) }, icon("download"), "Picture and charts (PNG)");
  const reason = h("p", { class: "menu-who" });
  const element = h("details", { class: "menu" }, h("summary", { class: "btn" }, icon("download"), "Export"), h("div", { class: "menu-panel" }, csv, json, png, reason));
  const show = () => {
    const done = session.run?.status === "finished";
    csv.href = session.run?.export_csv_url ?? "#";
    json.href = session.run?.export_json_url ?? "#";
    csv.hidden = json.hidden = !done;
    png.hidden = !session.run;
    reason.textContent = session.run ? (done ? "" : "CSV and JSON are ready when the run has finished.") : "Run first: there is nothing to export yet.";
    reason.hidden = !reason.textContent;
  };
  return { element, show };
}

/** What differs from the defaults, in words: for captions. */
export function settingsInWords({ description, run, draft }) {
  const parameters = run?.parameters ?? draft.parameters;
  const turned = description.knobs.filter((knob) => parameters[knob.name] !== undefined && parameters[knob.name] !== knob.default);
  return turned.length ? turned.map((knob) => `${knob.label} ${knobText(knob, parameters[knob.name])}`).join(", ") : "default settings";
}
