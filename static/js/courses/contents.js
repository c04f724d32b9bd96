/** The contents beside a lesson: marks the section being read, fills the line at the top, opens where there is room. */

const WIDE = window.matchMedia("(min-width: 62rem)");

export function mountContents() {
  for (const details of document.querySelectorAll("details[data-open-when-wide]")) if (WIDE.matches) details.open = true;
  const text = document.querySelector("[data-lesson-text]");
  if (!text) return;
  markSections(text);
  fillLine(text, document.querySelector("[data-reading-line]"));
}

function markSections(text) {
  const links = new Map([...document.querySelectorAll(".toc a")].map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
  const headings = [...text.querySelectorAll("h2[id], h3[id]")].filter((heading) => links.has(heading.id));
  let current = null;
  const mark = () => {
    const line = window.innerHeight * 0.3;
    const atEnd = window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - 2;
    const passed = headings.filter((heading) => atEnd || heading.getBoundingClientRect().top < line);
    const link = links.get(passed.at(-1)?.id);
    if (link === current) return;
    current?.removeAttribute("aria-current");
    link?.setAttribute("aria-current", "true");
    link?.closest("aside")?.scrollTo({ top: Math.max(0, link.offsetTop - 160) });
    current = link;
  };
  onScroll(mark);
}

function fillLine(text, line) {
  if (!line) return;
  onScroll(() => {
    const box = text.getBoundingClientRect();
    const share = (window.innerHeight - box.top) / box.height;
    line.value = Math.round(Math.min(1, Math.max(0, share)) * 100);
  });
}

function onScroll(act) {
  let asked = false;
  const ask = () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      act();
    });
  };
  addEventListener("scroll", ask, { passive: true });
  addEventListener("resize", ask, { passive: true });
  act();
}
