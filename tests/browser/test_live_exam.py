"""The live view in a real browser: what is ticked, filtered and focused stays while the table is made anew."""

from playwright.sync_api import Page, expect

from quizzes.models import AttemptQuestion
from quizzes.presence import seen
from quizzes.services.finish import attempt_submit
from quizzes.services.start import attempt_start
from tests.browser.test_accessibility import sign_in
from tests.quizzes.bank import let_time_pass, person, question, quiz


def test_the_table_is_made_anew_around_what_somebody_does_there(page: Page, site: str) -> None:
    teacher = person("teacher")
    teacher.is_staff = teacher.is_superuser = True
    teacher.save()
    question("one")
    asked = quiz(sections=[{"questions": ["one"]}])
    ada, ben, cleo = (attempt_start(person(name), asked) for name in ("ada", "ben", "cleo"))
    for attempt in (ada, ben, cleo):
        seen(attempt, 1)
    sign_in(page, site, teacher)
    page.goto(f"{site}/admin/quizzes/quiz/{asked.pk}/live/")
    people = page.locator(".live-rows tbody tr:not([hidden]) th a")
    expect(people).to_have_text(["ada", "ben", "cleo"])
    expect(page.locator("[data-live-selected]")).to_be_disabled()

    page.get_by_label("Select ben").check()
    page.get_by_role("link", name="cleo").focus()
    pause = page.locator("[data-live-pause]")
    let_time_pass(cleo, 400)
    AttemptQuestion.objects.filter(attempt=ben).update(flagged=True)
    attempt_submit(ada)
    with page.expect_response(lambda reply: "table=1" in reply.url):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # as if the tab were looked at again
    expect(people).to_have_text(["cleo", "ben", "ada"])
    expect(page.get_by_role("link", name="cleo")).to_be_focused()
    expect(page.get_by_label("Select ben")).to_be_checked()
    expect(page.get_by_label("Select ada")).to_have_count(0)
    expect(page.locator(f"#live-{ben.pk} [data-label=Flagged]")).to_have_text("1")
    expect(page.locator("[data-live-selected]")).to_have_text("More time for the 1 selected")

    page.locator("[data-live-name]").fill("CL")
    pause.click()
    expect(page.locator("[data-live-words]")).to_contain_text("Paused.")
    page.route("**/live/?table=1", lambda route: route.abort())
    pause.click()
    expect(page.locator("[data-live-words]")).to_contain_text("No connection to the site")
    page.unroute("**/live/?table=1")
    pause.click()
    pause.click()
    expect(page.locator("[data-live-words]")).to_contain_text("Anew every 5 s.")
    expect(people).to_have_text(["cleo"])
    page.locator("[data-live-name]").fill("")
    page.locator("[data-live-selected]").click()
    expect(page.locator(".ask")).to_contain_text("1 attempt will get it")
