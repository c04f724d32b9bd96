/** The CSRF token as Django takes it in the header X-CSRFToken: what the cookie says now, also after signing in. */
export function csrfToken() {
  return document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/)?.[1] ?? "";
}

/** Everything that htmx sends carries it. */
export function mountCsrf() {
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    detail.headers["X-CSRFToken"] = csrfToken();
  });
}
