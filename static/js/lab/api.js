/** Requests to the server. A refusal becomes a `Refusal` whose message can be shown as it is. */
import { csrfToken } from "../site/csrf.js";

export class Refusal extends Error {
  /** @param {number} status @param {string} message @param {Object<string, string>} errors by field */
  constructor(status, message, errors = {}) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

/** A page that may be cached, such as a lesson, brings no cookie; the lab's own page does. */
async function fetchCookie(url) {
  await fetch(url.replace(/runs\/.*$/, ""), { credentials: "same-origin" });
}

/** Sends JSON, returns JSON. Throws `Refusal`. */
export async function send(method, url, body) {
  let response;
  try {
    if (method !== "GET" && !csrfToken()) await fetchCookie(url);
    const headers = { Accept: "application/json", "X-CSRFToken": csrfToken() };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    response = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: "same-origin" });
  } catch {
    throw new Refusal(0, "The server cannot be reached. Check the connection and try again.");
  }
  const data = await response.json().catch(() => null);
  if (response.ok) return { status: response.status, ...(data ?? {}) };
  throw refusal(response.status, data);
}

function refusal(status, data) {
  if (data?.errors) return new Refusal(status, Object.values(data.errors).map(sentence).join(" "), data.errors);
  if (data?.message) return new Refusal(status, data.message);
  return new Refusal(status, WORDS[status] ?? `The server answered with an error (${status}). Try again in a moment.`);
}

/** "the rate is too high" -> "The rate is too high." */
export function sentence(text) {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

const WORDS = {
  403: "You may not do this. Reload the page, or sign in.",
  404: "This run is gone, or it is not yours.",
  429: "Too many requests came from you. Wait a moment, then try again.",
};

/** Reads JSON; same refusals as `send`. */
export const get = (url) => send("GET", url);
