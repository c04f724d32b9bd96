/** A lab inside a lesson: the same player with one open control. It becomes active when the reader runs it. */
import { Charts } from "./charts.js";
import { Controls } from "./controls.js";
import { mountNotices } from "./notices.js";
import { drive } from "./player.js";
import { PlayerBar } from "./player_bar.js";
import { mountResult } from "./result.js";
import { Session } from "./session.js";
import { Stage } from "./stage.js";
import { shareAddress } from "./tools.js";

const CHARTS_SHOWN = 2;

/** @param {HTMLElement} root `[data-lab-inline]`: description and preset as JSON blocks inside it */
export function mountInline(root) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const [description, preset] = [...root.querySelectorAll('script[type="application/json"]')].map((block) => JSON.parse(block.textContent));
  const { openControl, arms, seed, runsUrl } = root.dataset;
  const draft = { parameters: preset ?? {}, arms: arms ? arms.split(",") : [], seed: seed ? Number(seed) : null };
  const session = new Session(description, { runsUrl, draft, keepAddress: true });
  new Stage(part("stage"), session, { compact: true });
  new PlayerBar(part("player"), session, { run: () => session.start(null), compact: true });
  if (openControl) new Controls(part("controls"), session, { only: openControl, compact: true });
  mountNotices(part("notices"), session);
  new Charts(part("charts"), session, { compact: true, only: CHARTS_SHOWN });
  mountResult({ sentence: part("result") }, session, { compact: true });
  linkToFullLab(part("full-link"), session);
  drive(session.player);
  return session;
}

function linkToFullLab(link, session) {
  if (!link) return;
  const show = () => (link.href = shareAddress(session, ""));
  session.addEventListener("run", show);
  session.addEventListener("draft", show);
  show();
}
