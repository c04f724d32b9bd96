// Requests of the attempt's page. A reply that is an answer (200, 409, 422) resolves; anything else throws and is tried again.

import { bytesOf } from "./batch.js";
import { csrfToken } from "../site/csrf.js";

const TIMEOUT_MS = 10000;
const KEPT_ALIVE_BYTES = 60000; // what browsers still send from a page that is being left: 64 KiB (Fetch standard)

export class SignedOut extends Error {
  constructor(message, loginUrl) {
    super(message);
    this.loginUrl = loginUrl;
  }
}

/** The attempt does not exist for whoever is signed in now. */
export class Gone extends Error {}

export function postJson(url, body) {
  const text = JSON.stringify(body);
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrfToken() };
  return exchange(url, { method: "POST", body: text, headers, keepalive: bytesOf(text) < KEPT_ALIVE_BYTES });
}

export function getJson(url) {
  return exchange(url, { headers: { Accept: "application/json" } });
}

async function exchange(url, options) {
  const response = await fetch(url, {
    ...options,
    credentials: "same-origin",
    cache: "no-store",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status === 404) throw new Gone("This attempt belongs to another account than the one signed in now.");
  const body = await response.json();
  if (response.status === 401) throw new SignedOut(body.message, body.login_url);
  if (![200, 409, 422].includes(response.status)) throw new Error(`HTTP ${response.status}`);
  return { status: response.status, body };
}
