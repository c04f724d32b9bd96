/** Where a run's events come from: the stored file of a finished run, or the stream of one that is being computed. */
import { get } from "./api.js";

const ENDED = new Set(["finished", "failed", "cancelled", "abandoned"]);

/**
 * @param {import("./types.js").Run} run
 * @param {{event: function(Object): void, control: function(Object): void, connection: function(string): void}} to
 * @returns {{close: function(): void, live: boolean}} `live` while a stream is open
 */
export function openFeed(run, to) {
  if (run.status === "finished") return readStored(run, to);
  if (ENDED.has(run.status)) {
    to.control({ type: "status", status: run.status, message: run.message });
    return { close() {}, live: false };
  }
  return listen(run, to);
}

function readStored(run, to) {
  const feed = { live: false, closed: false, close: () => (feed.closed = true) };
  to.connection("loading");
  get(run.data_url).then(
    ({ events }) => {
      if (feed.closed) return;
      for (const event of events) to.event(event);
      to.connection("closed");
      to.control({ type: "end" });
    },
    (refusal) => !feed.closed && to.control({ type: "unreadable", message: refusal.message }),
  );
  return feed;
}

/** An `EventSource` reconnects by itself and sends the last event's id; we only say what is going on. */
export function listen(run, to) {
  const source = new EventSource(run.events_url);
  const feed = { live: true, close: () => (source.close(), (feed.live = false)) };
  to.connection("connecting");
  source.onopen = () => to.connection("open");
  source.onerror = () => {
    const gone = source.readyState === EventSource.CLOSED;
    if (gone) feed.close();
    to.connection(gone ? "gone" : "lost");
  };
  source.onmessage = ({ data, lastEventId }) => dispatch(JSON.parse(data), Number.parseInt(lastEventId, 10) || 0, feed, to);
  addEventListener("pagehide", feed.close, { once: true });
  return feed;
}

const CONTROLS = new Set(["status", "take", "end"]);

function dispatch(message, take, feed, to) {
  if (message.type === "end") {
    feed.close();
    to.connection("closed");
  }
  if (CONTROLS.has(message.type)) to.control(message);
  else to.event(message, take);
}
