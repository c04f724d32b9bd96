// Today's review: shows card after card, keeps each rating until it has arrived, takes the last act back.

import { startKeys } from "../quizzes/keys.js";
import { postJson } from "../quizzes/wire.js";
import { toast } from "../site/toast.js";
import { RatingsOutbox } from "./outbox.js";
import { Sender } from "./sender.js";
import { Stage } from "./stage.js";

const LOOK_AGAIN_MS = 60000;

export class ReviewSession {
  constructor(root) {
    this.root = root;
    this.data = root.dataset;
    this.outbox = new RatingsOutbox(this.data.user);
    this.acts = []; // what can be taken back, newest last
    this.kept = new Map(); // cards rated here, to be shown again when taken back before they were sent
    this.stage = new Stage(this.part("[data-stage]"), {
      rate: (...rated) => this.rate(...rated),
      answer: (...given) => this.answer(...given),
      putAway: (way) => this.putAway(way),
    });
    this.sender = new Sender({
      url: this.data.ratingsUrl,
      outbox: this.outbox,
      more: () => ({ user: this.data.user, choice: this.choice(), zone: "zoneWanted" in this.data ? zone() : "" }),
      on: { state: () => this.tell(), fates: (...told) => this.fates(...told), queue: (queue) => this.take(queue) },
    });
    this.take(JSON.parse(document.getElementById("review-state").textContent));
    this.listen();
    if (this.sender.waiting || "zoneWanted" in this.data) this.sender.flush();
    setInterval(() => this.lookAgain(), LOOK_AGAIN_MS);
    root.dataset.ready = "yes";
  }

  part(selector) {
    return this.root.querySelector(selector);
  }

  choice() {
    const { tag, lesson, deck } = this.data;
    return { tag, lesson, deck, ahead: "ahead" in this.data };
  }

  listen() {
    this.part("[data-undo]").addEventListener("click", () => this.undo());
    const keys = {
      " ": () => this.native() || this.stage.onward(),
      enter: () => this.native(true) || this.stage.onward(),
      z: () => this.undo(),
      s: () => this.stage.card && this.putAway("bury"),
      x: () => this.stage.card && this.putAway("suspend"),
      e: () => this.stage.part("[data-edit]")?.click(),
      "?": () => document.getElementById("keys").showModal(),
    };
    startKeys(this.root, { pick: (index) => this.stage.digit(index), keys });
  }

  /** Where a button or a link has the focus, the key is its own. Enter on an option means: check. */
  native(enter = false) {
    const focused = document.activeElement;
    if (!focused?.matches(enter ? "button, a, summary" : "button, a, summary, input")) return false;
    focused.click();
    return true;
  }

  // The queue

  /** What the server says comes next. The card on the page stays until it is rated. */
  take(queue) {
    const shown = this.stage.card;
    this.queue = queue;
    this.cards = queue.cards.filter((card) => card.id !== shown?.id && !this.outbox.holds(card.id, card.revision));
    if (!shown) this.next();
    this.count();
  }

  next(card = this.cards.shift()) {
    if (card) this.stage.show(card);
    else this.stage.say(this.queue.done_html);
    this.count();
  }

  /** The counts are the server's, less what waits here to be sent. */
  count() {
    const waiting = this.outbox.items();
    const left = (bucket) => Math.max(0, this.queue.counts[bucket] - waiting.filter((rating) => rating.bucket === bucket).length);
    for (const box of this.root.querySelectorAll("[data-count]")) box.textContent = left(box.dataset.count);
    const done = this.queue.counts.done + waiting.length;
    const progress = this.part("[data-progress]");
    progress.max = Math.max(1, done + left("learning") + left("due") + left("new"));
    progress.value = done;
    this.part("[data-undo]").disabled = !this.acts.length && !this.queue.last;
    if (!Object.values(this.choice()).some(Boolean)) tellNav(left("learning") + left("due"));
  }

  lookAgain() {
    if (!this.stage.card && !document.hidden && !this.sender.failures) this.sender.flush();
  }

  // What a person does

  rate(card, rating, { duration_ms, score }) {
    const id = crypto.randomUUID ? crypto.randomUUID() : randomId();
    const { revision, version, bucket } = card;
    this.outbox.put({ id, card: card.id, revision, rating, at: Date.now(), duration_ms, ahead: "ahead" in this.data, version, score, bucket });
    this.kept.set(id, card);
    this.acts.push({ kind: "rating", id });
    this.announce(["", "Again", "Hard", "Good", "Easy"][rating]);
    this.stage.card = null;
    if (this.cards.length) this.next();
    else this.stage.say('<p class="review-wait muted" role="status">One moment …</p>');
    this.sender.flush();
  }

  async answer(card, value, giveUp) {
    try {
      const body = { revision: card.revision, version: card.version, value, give_up: giveUp };
      const reply = await postJson(`${this.data.base}${card.id}/answer/`, body);
      if (reply.status === 200) return reply.body;
      if (reply.status === 409) this.skipChanged(reply.body.message);
      return { problem: reply.body.message };
    } catch (error) {
      return { problem: error.loginUrl ? error.message : "No connection: the answer cannot be checked now. Try again, or skip the card." };
    }
  }

  skipChanged(words) {
    toast(words);
    this.stage.card = null;
    this.sender.flush();
  }

  async putAway(way) {
    const { card } = this.stage;
    const reply = await this.ask(`${this.data.base}${card.id}/${way}/`, { on: true, choice: this.choice() });
    if (!reply) return;
    this.acts.push({ kind: way, card: card.id });
    toast(way === "bury" ? "Skipped for today. Z brings it back." : "Put away. Z brings it back, or the list of your cards.");
    if (this.stage.card === card) this.stage.card = null;
    this.take(reply.queue);
  }

  async undo() {
    if (this.undoing) return;
    this.undoing = true;
    await this.undoLast();
    this.undoing = false;
    this.count();
  }

  async undoLast() {
    if (!this.acts.length && this.sender.waiting) await this.sender.flush(); // ratings from before a reload: one of them is the last
    const act = this.acts.at(-1) ?? (this.queue.last && { kind: "rating", id: this.queue.last });
    if (!act) return;
    await (act.kind === "rating" ? this.undoRating(act) : this.undoPutAway(act));
  }

  async undoRating(act) {
    const unsent = this.outbox.items().find((rating) => rating.id === act.id);
    if (unsent && !unsent.tried && !this.sender.sending) {
      this.outbox.drop(act.id);
      return this.backAgain(act, this.kept.get(act.id));
    }
    if (!(await this.sender.flush())) return toast("No connection: the rating is not taken back yet.", "bad");
    const body = { id: crypto.randomUUID ? crypto.randomUUID() : randomId(), rating: act.id, choice: this.choice() };
    const reply = await this.ask(this.data.undoUrl, body);
    if (!reply) return;
    if (reply.fate === "kept") this.backAgain(act, reply.card, reply.queue);
    else {
      this.acts = this.acts.filter((each) => each !== act);
      toast("This rating cannot be taken back any more: newer ones were given elsewhere.", "bad");
      this.take(reply.queue);
    }
  }

  async undoPutAway(act) {
    const reply = await this.ask(`${this.data.base}${act.card}/${act.kind}/`, { on: false, choice: this.choice() });
    if (reply) this.backAgain(act, reply.card, reply.queue);
  }

  /** The card of the act that was taken back comes at once; the one that was on the page waits behind it. */
  backAgain(act, card, queue = this.queue) {
    this.acts = this.acts.filter((each) => each !== act);
    const behind = this.stage.card && !this.stage.revealed ? [this.stage.card] : [];
    this.stage.card = null;
    this.stage.show(card);
    this.take(queue);
    this.cards = [...behind, ...this.cards.filter(({ id }) => id !== behind[0]?.id)];
    this.announce("Taken back");
  }

  // The wire

  async ask(url, body) {
    try {
      return (await postJson(url, body)).body;
    } catch (error) {
      toast(error.loginUrl ? error.message : "No connection. Nothing was changed; try again.", "bad");
      return null;
    }
  }

  fates(items, fates) {
    if (items.some(({ id }) => fates[id] === "stale")) toast("A card was already rated in another window. That rating counts.");
  }

  tell() {
    const { failures, trouble, waiting } = this.sender;
    const banner = this.part("[data-banner]");
    banner.hidden = !failures;
    if (failures) banner.replaceChildren(...bannerWords(trouble, waiting));
    if (failures && !this.stage.card) this.stage.say('<p class="review-wait muted" role="status">The next cards come when the connection is back.</p>');
    this.count();
  }

  announce(words) {
    this.part("[data-announce]").textContent = words;
  }
}

function bannerWords(trouble, waiting) {
  const kept = waiting === 1 ? "1 rating is kept here" : `${waiting} ratings are kept here`;
  if (!trouble) return [waiting ? `No connection. ${kept} and sent as soon as it is back. You can go on.` : "No connection. It is tried again by itself."];
  const link = document.createElement("a");
  link.href = trouble.loginUrl;
  link.textContent = "Sign in";
  return [`${trouble.message} ${waiting ? `${kept} meanwhile. ` : ""}`, link];
}

/** The number beside “Review” in the page's head is of when the page was made. */
function tellNav(due) {
  const box = document.querySelector(".nav-count");
  if (!box) return;
  box.hidden = due === 0;
  box.lastChild.textContent = due;
}

const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";

/** For pages over plain HTTP, where the browser keeps randomUUID back. */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
