// Answers that the server has not acknowledged, kept in localStorage so that they survive a reload or a dead battery.
// One entry per (question, sequence number): two tabs that write at once cannot overwrite each other's entries.

export class Outbox {
  constructor(attempt, storage = window.localStorage) {
    this.prefix = `plimsoll:attempt:${attempt}:`;
    this.storage = storage;
    this.fallback = new Map(); // private windows may refuse storage; then answers live as long as the page
  }

  put(item) {
    const name = this.name(item.question, item.seq);
    this.fallback.set(name, item);
    try {
      this.storage.setItem(name, JSON.stringify(item));
    } catch {
      /* kept in memory */
    }
  }

  drop(question, seq) {
    const name = this.name(question, seq);
    this.fallback.delete(name);
    try {
      this.storage.removeItem(name);
    } catch {
      /* was in memory only */
    }
  }

  /** Everything unsent, by any tab of this browser: the newest for each question. */
  items() {
    const newest = new Map();
    for (const item of this.stored()) {
      const known = newest.get(item.question);
      if (!known || known.seq < item.seq) newest.set(item.question, item);
    }
    return [...newest.values()].sort((one, other) => one.at - other.at);
  }

  /** The newest unsent answer to a question, if there is one. */
  of(question) {
    return this.items().find((item) => item.question === question);
  }

  /** Forget what is older than `seq` for a question: a newer answer takes its place. */
  dropOlder(question, seq) {
    for (const item of this.stored()) if (item.question === question && item.seq < seq) this.drop(question, item.seq);
  }

  clear() {
    for (const item of this.stored()) this.drop(item.question, item.seq);
  }

  stored() {
    const found = new Map(this.fallback);
    try {
      for (const name of Object.keys(this.storage)) {
        if (name.startsWith(this.prefix)) found.set(name, readItem(this.storage.getItem(name)));
      }
      for (const name of this.fallback.keys()) {
        if (this.storage.getItem(name) === null && this.durable) {
          found.delete(name); // another tab has sent it
          this.fallback.delete(name);
        }
      }
    } catch {
      /* memory only */
    }
    return [...found.values()].filter(Boolean);
  }

  get durable() {
    if (this.works === undefined) this.works = canStore(this.storage, `${this.prefix}probe`);
    return this.works;
  }

  name(question, seq) {
    return `${this.prefix}${question}:${seq}`;
  }
}

function readItem(text) {
  try {
    const item = JSON.parse(text);
    return typeof item?.question === "string" && Number.isInteger(item.seq) ? item : null;
  } catch {
    return null;
  }
}

function canStore(storage, name) {
  try {
    storage.setItem(name, "1");
    storage.removeItem(name);
    return true;
  } catch {
    return false;
  }
}
