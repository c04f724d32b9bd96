// Ratings that the server has not acknowledged, in localStorage, so that they survive a reload and a lost connection.
// One entry a rating: two windows cannot overwrite each other's, and both may send the same one without harm.

export class RatingsOutbox {
  constructor(user, storage = window.localStorage) {
    this.prefix = `plimsoll:ratings:${user}:`;
    this.storage = storage;
    this.memory = new Map(); // where the browser refuses storage, ratings live as long as the page
  }

  put(rating) {
    this.memory.set(rating.id, rating);
    this.try(() => this.storage.setItem(this.prefix + rating.id, JSON.stringify(rating)));
  }

  drop(id) {
    this.memory.delete(id);
    this.try(() => this.storage.removeItem(this.prefix + id));
  }

  /** Everything unsent, by any window of this browser, in the order in which it was given. */
  items() {
    const found = new Map(this.memory);
    this.try(() => {
      for (const name of Object.keys(this.storage)) {
        if (!name.startsWith(this.prefix)) continue;
        const rating = readRating(this.storage.getItem(name));
        if (rating) found.set(rating.id, rating);
      }
    });
    return [...found.values()].sort((one, other) => one.at - other.at);
  }

  holds(card, revision) {
    return this.items().some((rating) => rating.card === card && rating.revision === revision);
  }

  try(act) {
    try {
      act();
    } catch {
      /* kept in memory */
    }
  }
}

function readRating(text) {
  try {
    const rating = JSON.parse(text);
    return typeof rating?.id === "string" && typeof rating.card === "string" ? rating : null;
  } catch {
    return null;
  }
}
