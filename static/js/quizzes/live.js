// Keeps the live view fresh. The server's table is laid over the shown one row by row and cell by cell, so what is ticked,
// focused and scrolled to stays. While the tab is hidden or the page is paused nothing is asked.

const TOO_LONG_MS = 15_000;

export class LivePage {
  constructor(page) {
    this.page = page;
    this.table = page.querySelector("[data-live-table]");
    this.words = page.querySelector("[data-live-words]");
    this.name = page.querySelector("[data-live-name]");
    this.pauseButton = page.querySelector("[data-live-pause]");
    this.everyMs = Number(page.dataset.everyS) * 1000;
    this.trouble = this.figures()?.dataset.trouble;
    this.paused = false;
    page.querySelector("[data-live-tools]").hidden = false;
    this.name.addEventListener("input", () => this.filter());
    this.pauseButton.addEventListener("click", () => this.pause(!this.paused));
    this.table.addEventListener("change", (event) => this.pick(event.target));
    document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(this.timer) : this.refresh()));
    this.count();
    this.say();
    this.wait();
  }

  figures() {
    return this.table.querySelector("[data-at]");
  }

  wait() {
    clearTimeout(this.timer);
    if (!this.paused && !document.hidden) this.timer = setTimeout(() => this.refresh(), this.everyMs);
  }

  pause(on) {
    this.paused = on;
    this.pauseButton.setAttribute("aria-pressed", String(on));
    this.pauseButton.textContent = on ? "Go on" : "Pause";
    if (on) clearTimeout(this.timer);
    else this.refresh();
    this.say();
  }

  async refresh() {
    clearTimeout(this.timer);
    if (this.paused || this.asking) return;
    this.asking = true;
    try {
      const reply = await fetch(this.page.dataset.url, { signal: AbortSignal.timeout(TOO_LONG_MS), credentials: "same-origin" });
      if (reply.redirected || reply.status === 403) return void this.stop("You are signed out. Load the page again to go on.");
      if (!reply.ok) throw new Error(String(reply.status));
      this.show(await reply.text());
      this.say();
    } catch {
      this.say("No connection to the site: this is how it was at ");
    } finally {
      this.asking = false;
    }
    this.wait();
  }

  stop(words) {
    this.paused = true;
    this.words.textContent = words;
    this.words.classList.add("bad");
  }

  say(trouble = "") {
    const at = this.figures()?.dataset.at;
    const rest = trouble ? "Trying again." : this.paused ? "Paused." : `Anew every ${this.everyMs / 1000} s.`;
    this.words.textContent = `${trouble || "As of "}${at} UTC. ${rest}`;
    this.words.classList.toggle("bad", Boolean(trouble));
  }

  show(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").body;
    const focused = document.activeElement;
    const [here, there] = [this.table, fresh].map((root) => root.querySelector("tbody"));
    if (here && there && this.table.querySelector("thead").innerHTML === fresh.querySelector("thead").innerHTML) {
      layRows(here, there);
      layAround(this.table, fresh);
    } else this.table.replaceChildren(...fresh.childNodes);
    if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
    this.filter();
    this.announce();
  }

  announce() {
    const now = this.figures()?.dataset.trouble;
    if (now !== this.trouble) this.page.querySelector("[data-live-said]").textContent = `${now} in trouble`;
    this.trouble = now;
  }

  filter() {
    const wanted = this.name.value.trim().toLowerCase();
    const rows = [...this.table.querySelectorAll("tbody tr")];
    for (const row of rows) row.hidden = !row.dataset.name.includes(wanted);
    const none = this.table.querySelector("[data-live-none]");
    if (none) none.hidden = rows.some((row) => !row.hidden);
    this.count();
  }

  pick(box) {
    if (box.matches("[data-live-all]")) {
      for (const one of this.table.querySelectorAll("tbody tr:not([hidden]) .pick input")) one.checked = box.checked;
    }
    this.count();
  }

  count() {
    const button = this.page.querySelector("[data-live-selected]");
    if (!button) return;
    const picked = this.table.querySelectorAll(".pick input:checked").length;
    button.disabled = picked === 0;
    button.textContent = picked ? `More time for the ${picked} selected` : "More time for the selected";
    const all = this.table.querySelectorAll("tbody tr:not([hidden]) .pick input");
    const head = this.table.querySelector("[data-live-all]");
    if (!head) return;
    const among = [...all].filter((box) => box.checked).length;
    head.checked = all.length > 0 && among === all.length;
    head.indeterminate = among > 0 && among < all.length;
  }
}

/** Rows are known by their ids: kept, changed, moved, added, taken away. */
function layRows(here, there) {
  const known = new Map([...here.rows].map((row) => [row.id, row]));
  let place = here.firstElementChild;
  for (const fresh of [...there.rows]) {
    const row = known.get(fresh.id) ?? fresh;
    known.delete(fresh.id);
    if (row !== fresh) layCells(row, fresh);
    if (row === place) place = place.nextElementSibling;
    else here.insertBefore(row, place);
  }
  for (const gone of known.values()) gone.remove();
}

function layCells(row, fresh) {
  row.className = fresh.className;
  row.dataset.name = fresh.dataset.name;
  [...fresh.cells].forEach((cell, at) => {
    const kept = row.cells[at];
    const same = kept.innerHTML === cell.innerHTML;
    if (!same && !(kept.querySelector("input") && cell.querySelector("input"))) kept.innerHTML = cell.innerHTML;
  });
}

/** What stands above and below the table. */
function layAround(here, fresh) {
  const box = here.querySelector(".table-box");
  const freshBox = fresh.querySelector(".table-box");
  for (const old of [...here.children]) if (old !== box) old.remove();
  let below = false;
  for (const node of [...fresh.children]) {
    if (node === freshBox) below = true;
    else if (below) here.append(node);
    else here.insertBefore(node, box);
  }
}
