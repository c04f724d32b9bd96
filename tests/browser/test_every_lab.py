"""Every lab of the catalogue, once each in a real browser: it opens, runs, draws, and reads on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from labs.experiments import catalogue
from labs.experiments.contract import Experiment

pytestmark = pytest.mark.usefixtures("worker", "complaints")
SLOW_MS = 60_000
LABS = list(catalogue.experiments().values())
LOOKED_AT_WITH_AXE = {LABS[0].slug: "light", LABS[-1].slug: "dark"}
"""A sample: the parts are the same for all labs, and axe takes longer than everything else here."""

IS_BLANK = """(canvas) => {
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const pixels = copy.getImageData(0, 0, canvas.width, canvas.height).data;
  const seen = new Set();
  for (let i = 0; i < pixels.length; i += 4) seen.add((pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2]);
  return seen.size < 3;
}"""
HAS_LINES = """(plot) => {
  const canvas = plot.querySelector("canvas");
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const pixels = copy.getImageData(0, 0, canvas.width, canvas.height).data;
  let coloured = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    const [red, green, blue] = [pixels[i], pixels[i + 1], pixels[i + 2]];
    if (pixels[i + 3] > 100 && Math.max(red, green, blue) - Math.min(red, green, blue) > 40) coloured += 1;
  }
  return coloured > 40;
}"""
OVERFLOWS = """(page) => {
  const outside = [...document.querySelectorAll("main *")].filter((one) => {
    const { left, right, width } = one.getBoundingClientRect();
    return width > 0 && (right > innerWidth + 1 || left < -1) && !one.closest(SCROLLS);
  });
  return outside.slice(0, 5).map((one) => `${one.tagName}.${one.className}`);
}""".replace("SCROLLS", '".table-box, .scenes, .arm-tabs, .listing, .visually-hidden, .tabs, .rail, .spots, .uplot"')


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.slug)
def test_a_lab_opens_runs_draws_and_reads_on_a_phone(page: Page, site: str, lab: Experiment) -> None:
    page.emulate_media(color_scheme="dark" if LOOKED_AT_WITH_AXE.get(lab.slug) == "dark" else "light")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site}/labs/{lab.slug}/")
    expect(page.locator(".player-state")).to_have_text("Not started")
    assert not page.locator("canvas.picture").evaluate(IS_BLANK)
    run_shortened(page, lab)
    expect(page.locator("[data-part=result] .sentence")).not_to_be_empty()
    expect(page.locator(".metrics tbody tr")).to_have_count(len(lab.metrics))
    expect(page.locator("canvas.picture")).to_have_count(1)
    assert not page.locator("canvas.picture").evaluate(IS_BLANK)
    assert page.locator(".arm-tabs [aria-pressed=true]").count() == 1
    each_chart_draws_or_says_why_not(page, lab)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(OVERFLOWS) == []
    if lab.slug in LOOKED_AT_WITH_AXE:
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [f"{rule['id']}: {node['html'][:120]}" for rule in found for node in rule["nodes"]] == []


def run_shortened(page: Page, lab: Experiment) -> None:
    """To a little more than the warm-up, on the real worker, watched to its end."""
    page.locator("summary", has_text="Variants, duration, seed").click()
    duration = page.locator('[data-knob="duration_s"] input[type=number], [data-knob="duration"] input[type=number]').first
    duration.fill(f"{max(lab.duration.minimum or 1.0, lab.warm_up_s + 20 * lab.bin_s):g}")
    duration.press("Enter")
    page.locator(".prediction .btn").last.click()
    page.wait_for_url("**/labs/runs/**")
    expect(page.locator(".rail-known")).to_have_attribute("style", "width: 100%;", timeout=SLOW_MS)
    page.locator("h1").click()
    page.keyboard.press("End")
    expect(page.locator(".player-state")).to_have_text("The end", timeout=SLOW_MS)


def each_chart_draws_or_says_why_not(page: Page, lab: Experiment) -> None:
    """Axes, frames and lines: what a chart draws has colours. One without values says so over its axes."""
    charts = page.locator(".chart, .multiple-chart")
    assert charts.count() >= len({series.chart for series in lab.series})
    for canvas in page.locator(".chart canvas:visible, .multiple-chart canvas:visible").all():
        assert not canvas.evaluate(IS_BLANK), canvas.evaluate("(one) => one.closest('article').textContent")
    for chart in page.locator(".chart:has(.plot)").all():
        hint = chart.locator(".chart-hint:visible")
        lines = chart.locator(".plot").evaluate(HAS_LINES)
        assert hint.count() == 1 or lines, chart.inner_text()
