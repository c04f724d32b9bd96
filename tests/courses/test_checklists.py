import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.http import Http404
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from courses import checklists, decisions
from courses.checklists import DROPPED, ChecklistRefused, StaleUse
from courses.loading.export import exported_files
from courses.loading.source import MaterialError
from courses.models import Checklist, ChecklistUse, DecisionRecord
from courses.search import search
from tests.courses.conftest import CHECKLIST, LESSON, MaterialFolder

SignedIn = Callable[[User], Client]
JSON = {"Accept": "application/json"}
FILE = "checklists/before-release.yaml"


@pytest.fixture
def use(material: MaterialFolder, learner: User) -> ChecklistUse:
    checklist = Checklist.objects.get(slug="before-release")
    return checklists.use_start(owner_id=learner.pk, checklist=checklist, title="Photo service v2")


@pytest.fixture
def record(learner: User) -> DecisionRecord:
    return decisions.decision_start(owner_id=learner.pk, title="Deploy by canary", template=None, body="## Context\n\nText.")


def saved(client: Client, use: ChecklistUse, revision: int = 1, **fields: str) -> Any:
    named = {name.replace("__", "."): value for name, value in fields.items()}
    return client.post(f"/checklists/uses/{use.pk}/save/", {"revision": revision, **named}, headers=JSON)


def states(use: ChecklistUse) -> dict[str, str]:
    use.refresh_from_db()
    return {item.id: item.state for group in checklists.groups_of_use(use) for item in group.items}


# The files


def test_the_file_comes_back_as_it_was_and_in_its_canonical_form_once_edited(material: MaterialFolder) -> None:
    assert exported_files()[FILE] == CHECKLIST
    Checklist.objects.filter(slug="before-release").update(title="Before every release")
    assert exported_files()[FILE] == CHECKLIST.replace("title: Before a release", "title: Before every release")
    assert material.load()["before-release"] == "edited"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("id: flags", "id: rollback", "two items are called “rollback”"),
        ("lesson: shipping-testing-incidents", "lesson: nowhere", "there is no lesson “nowhere”"),
        ("lab: circuit-breaker", "lab: nowhere", "there is no lab “nowhere”"),
        ("why: A plan", "why: |\n          - a list\n          # A plan", "one paragraph"),
        ("The way back was", "See [it](/lessons/nowhere/). The way back was", "there is no lesson “nowhere”"),
        ("id: alert", "id: An alert", "only small letters"),
    ],
)
def test_a_mistake_in_a_file_stops_the_load(files: MaterialFolder, db: None, old: str, new: str, says: str) -> None:
    files.write(FILE, CHECKLIST.replace(old, new))
    with pytest.raises(MaterialError, match=says):
        files.load()
    assert not Checklist.objects.exists()


def test_words_of_an_item_find_its_list(material: MaterialFolder) -> None:
    assert [hit.url for hit in search("rollback walked")] == []
    assert [hit.url for hit in search("walked hope")] == ["/checklists/before-release/"]


def test_the_admin_edits_previews_and_keeps_the_history(
    material: MaterialFolder, person: Callable[..., User], signed_in: SignedIn
) -> None:
    client = signed_in(person("ada", is_staff=True, is_superuser=True))
    row = Checklist.objects.get()
    address = reverse("admin:courses_checklist_change", args=[row.pk])
    page = client.get(address)
    groups = page.context["adminform"].form["groups"].value()
    assert client.get(reverse("admin:courses_checklist_changelist")).status_code == 200
    form = {"title": "Edited", "slug": row.slug, "position": 1, "summary": "S.", "when": "W.", "covers": ""}
    text = page.context["adminform"].form.fields["groups"].prepare_value(groups)
    assert text.index("id: rollback") < text.index("text: The way back")
    assert client.post(address, {**form, "groups": text.replace("id: flags", "id: rollback")}).status_code == 200
    assert client.post(address, {**form, "groups": text}).status_code == 302
    row.refresh_from_db()
    assert (row.title, row.history.count()) == ("Edited", 2)
    preview = reverse("admin:courses_checklist_preview")
    assert "<em>walked</em>" in client.post(preview, {"body": text}).content.decode()
    for wrong in ("- a: *b", "- title: x", "7", "[" * 3000, "- {title: x, items: [{id: a, text: b, lab: [1]}]}"):
        assert client.post(preview, {"body": wrong}).status_code == 422, wrong


# Reading


def test_a_visitor_reads_and_ticks_in_the_browser(material: MaterialFolder, client: Client) -> None:
    assert "3 items" in client.get("/checklists/").content.decode()
    page = client.get("/checklists/before-release/")
    text = page.content.decode()
    assert 'data-checklist-ticks="before-release"' in text
    assert text.count('type="checkbox"') == 3
    assert "csrfmiddlewaretoken" not in text
    assert "<em>walked</em>" in text
    assert "<code>5xx</code> &lt; all" in text
    assert "lesson to come" in text
    assert client.post("/checklists/before-release/use/", {"title": "x"}).status_code == 302
    assert not ChecklistUse.objects.exists()
    assert client.get("/checklists/nowhere/").status_code == 404


def test_a_lesson_that_is_written_is_linked(material: MaterialFolder, client: Client) -> None:
    slug = "shipping-testing-incidents"
    material.write("lessons/102-x.md", LESSON.replace("first-steps", slug))
    material.load()
    assert f'href="/lessons/{slug}/"' in client.get("/checklists/before-release/").content.decode()


def test_without_any_list_the_page_says_so(db: None, client: Client) -> None:
    assert "No checklists yet" in client.get("/checklists/").content.decode()


# Using


def test_a_use_begins_open_and_is_found_again(material: MaterialFolder, learner: User, signed_in: SignedIn) -> None:
    client = signed_in(learner)
    response = client.post("/checklists/before-release/use/", {"title": "  Photo \n service v2 "})
    made = ChecklistUse.objects.get()
    assert response.headers["Location"] == f"/checklists/uses/{made.pk}/"
    assert (made.title, set(states(made).values())) == ("Photo service v2", {"open"})
    for page in ("/checklists/", "/checklists/before-release/"):
        assert "Photo service v2" in client.get(page).content.decode()
    assert "0 of 3" in client.get(response.headers["Location"]).content.decode()


@pytest.mark.parametrize("title", ["", " \n ", "\x00", "x" * 121])
def test_a_design_needs_a_name_of_fitting_length(
    material: MaterialFolder, learner: User, signed_in: SignedIn, title: str
) -> None:
    response = signed_in(learner).post("/checklists/before-release/use/", {"title": title})
    assert (response.status_code, ChecklistUse.objects.count()) == (422, 0)


def test_there_is_a_limit_to_lists(use: ChecklistUse, learner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checklists, "MAXIMUM_USES", 1)
    with pytest.raises(ChecklistRefused, match="Delete one"):
        checklists.use_start(owner_id=learner.pk, checklist=Checklist.objects.get(), title="Second")


def test_what_is_found_is_kept_and_what_is_not_named_stays(use: ChecklistUse, learner: User, signed_in: SignedIn) -> None:
    client = signed_in(learner)
    first = saved(client, use, state__rollback="done", note__rollback="In *March*.\r\nBy hand. ", title="Photo service v3")
    assert first.json() == {"revision": 2}
    assert saved(client, use, 2, state__flags="not-needed", state__nothing="done").json() == {"revision": 3}
    assert states(use) == {"rollback": "done", "flags": "not-needed", "alert": "open"}
    assert use.states["rollback"]["note"] == "In *March*.\nBy hand."
    assert (use.title, "nothing" in use.states) == ("Photo service v3", False)
    progress = checklists.progress_of(use)
    assert (progress.settled, progress.open, progress.total) == (2, 1, 3)
    saved(client, use, 3, state__rollback="open", note__rollback="")
    use.refresh_from_db()
    assert "rollback" not in use.states


def test_a_second_tab_cannot_overwrite_unseen(use: ChecklistUse, learner: User, signed_in: SignedIn) -> None:
    client = signed_in(learner)
    saved(client, use, state__rollback="done")
    late = saved(client, use, state__rollback="todo")
    assert late.status_code == 409
    assert late.json()["revision"] == 2
    assert late.json()["fields"]["state.rollback"] == "done"
    assert "another tab" in late.json()["message"]
    assert states(use)["rollback"] == "done"
    old = ChecklistUse.objects.get()
    saved(client, use, 2, state__flags="done")
    with pytest.raises(StaleUse):  # read before the other had saved, sent after
        checklists.use_save(use=old, title="x", found={}, revision=2)


def test_a_list_that_another_tab_deletes_meanwhile_is_not_there(use: ChecklistUse) -> None:
    ChecklistUse.objects.all().delete()
    with pytest.raises(Http404):
        checklists.use_save(use=use, title="x", found={}, revision=1)


def test_without_scripts_the_form_is_saved_and_a_conflict_said(use: ChecklistUse, learner: User, signed_in: SignedIn) -> None:
    client = signed_in(learner)
    address = f"/checklists/uses/{use.pk}/"
    assert client.post(f"{address}save/", {"revision": 1, "state.flags": "todo"}).headers["Location"] == address
    assert states(use)["flags"] == "todo"
    page = client.post(f"{address}save/", {"revision": 1, "state.flags": "done"}, follow=True)
    assert "nothing was saved" in page.content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        {"state__rollback": "perhaps"},
        {"note__rollback": "x" * 501},
        {"title": ""},
        {"revision": "²"},
        {"revision": "-1"},
        {"revision": "9" * 30},
        {"revision": ""},
    ],
)
def test_odd_input_is_refused_in_words(use: ChecklistUse, learner: User, signed_in: SignedIn, fields: dict[str, Any]) -> None:
    response = saved(signed_in(learner), use, **fields)
    assert response.status_code == 422
    assert response.json()["message"]
    use.refresh_from_db()
    assert (use.revision, use.states) == (1, {})


def test_a_newer_list_asks_more_and_takes_nothing_away(
    use: ChecklistUse, learner: User, signed_in: SignedIn, material: MaterialFolder
) -> None:
    client = signed_in(learner)
    saved(client, use, state__rollback="done", note__rollback="Walked.", state__flags="done")
    newer = CHECKLIST.replace("id: rollback", "id: way-back").replace("New behaviour is", "All of it is")
    material.write(FILE, newer)
    material.load()
    use = ChecklistUse.objects.get()
    groups = {group.title: [item.id for item in group.items] for group in checklists.groups_of_use(use)}
    assert groups == {"Way back": ["way-back", "flags"], "Watching": ["alert"], DROPPED: ["rollback"]}
    assert states(use) == {"way-back": "open", "flags": "done", "alert": "open", "rollback": "done"}
    assert checklists.progress_of(use).total == 3
    page = client.get(use.get_absolute_url()).content.decode()
    assert "No longer in the list" in page
    assert "Walked." in page
    saved(client, use, 2, note__rollback="Still read.", state__alert="todo")
    assert "Still read." in client.get(use.get_absolute_url()).content.decode()
    Checklist.objects.all().delete()
    page = client.get(use.get_absolute_url()).content.decode()
    assert "no longer on the site" in page
    assert "Still read." in page
    assert client.get("/checklists/").status_code == 200


def test_an_export_holds_states_and_notes(use: ChecklistUse, learner: User, signed_in: SignedIn) -> None:
    client = signed_in(learner)
    saved(client, use, state__rollback="done", note__rollback="One.\nTwo.", state__flags="not-needed", state__alert="todo")
    response = client.get(f"/checklists/uses/{use.pk}/export/")
    assert response.headers["Content-Disposition"] == 'attachment; filename="before-a-release-photo-service-v2.md"'
    assert response.content.decode() == (
        "# Before a release: Photo service v2\n\n2 of 3 settled (1 done, 1 not needed, 1 to do, 0 open).\n\n## Way back\n\n"
        "- [x] The way back was *walked* once.\n  > One.\n  > Two.\n"
        "- [x] New behaviour is behind a flag. **(not needed)**\n\n## Watching\n\n"
        "- [ ] An alert fires when `5xx` < all is well is false. **(to do)**\n"
    )


def test_a_list_is_deleted_for_good(use: ChecklistUse, learner: User, signed_in: SignedIn) -> None:
    response = signed_in(learner).post(f"/checklists/uses/{use.pk}/delete/")
    assert (response.headers["Location"], ChecklistUse.objects.exists()) == ("/checklists/", False)


# On a decision record


def test_a_list_stands_on_a_record_and_in_its_file(
    use: ChecklistUse, record: DecisionRecord, learner: User, signed_in: SignedIn
) -> None:
    client = signed_in(learner)
    saved(client, use, state__rollback="done", note__rollback="In March.")
    client.post(f"/checklists/uses/{use.pk}/record/", {"record": str(record.pk)})
    page = client.get(record.get_absolute_url()).content.decode()
    assert use.get_absolute_url() in page
    assert "1 of 3" in page
    text = client.get(f"/decisions/{record.pk}/export/").content.decode()
    assert "## Checklists\n\n### Before a release: Photo service v2" in text
    assert "- [x] The way back was *walked* once.\n  > In March." in text
    client.post(f"/decisions/{record.pk}/checklists/{use.pk}/remove/")
    use.refresh_from_db()
    assert use.record is None
    record.refresh_from_db()
    assert "## Checklists" not in decisions.decision_markdown(record)


def test_a_record_begins_a_list_or_takes_one_that_is_there(
    use: ChecklistUse, record: DecisionRecord, learner: User, signed_in: SignedIn
) -> None:
    client = signed_in(learner)
    client.post(f"/decisions/{record.pk}/checklists/", {"what": "list:before-release"})
    made = ChecklistUse.objects.exclude(pk=use.pk).get()
    assert (made.title, made.record) == ("Deploy by canary", record)
    client.post(f"/decisions/{record.pk}/checklists/", {"what": f"use:{use.pk}"})
    assert ChecklistUse.objects.filter(record=record).count() == 2
    for odd in ("", "list:", "list:nowhere", "list:\x00", "what"):
        page = client.post(f"/decisions/{record.pk}/checklists/", {"what": odd}, follow=True)
        assert "Choose a checklist" in page.content.decode()
    assert client.post(f"/decisions/{record.pk}/checklists/", {"what": "use:x"}).status_code == 404
    record.delete()
    assert ChecklistUse.objects.filter(record=None).count() == 2


def test_a_reader_of_a_shared_record_sees_no_list(
    use: ChecklistUse, record: DecisionRecord, client: Client, learner: User
) -> None:
    checklists.use_save(use=use, title=use.title, found={"flags": {"note": "Private words."}}, revision=1)
    checklists.use_attach(use=use, record=record)
    shared = decisions.decision_share(record=record, on=True)
    page = client.get(f"/decisions/shared/{shared.share_token}/").content.decode()
    assert "Private words." not in page
    assert "Photo service" not in page


def test_the_pages_ask_no_more_of_the_database_for_many_lists(
    use: ChecklistUse, record: DecisionRecord, learner: User, signed_in: SignedIn
) -> None:
    client = signed_in(learner)
    addresses = ("/checklists/", "/checklists/before-release/", record.get_absolute_url(), use.get_absolute_url())
    asked = [queries_of(client, address) for address in addresses]
    for number in range(20):
        title = f"Design {number}"
        checklists.use_start(owner_id=learner.pk, checklist=Checklist.objects.get(), title=title, record=record)
    assert [queries_of(client, address) for address in addresses] == asked


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as context:
        assert client.get(address).status_code == 200
    return len(context)


# Who may what


def paths(use: ChecklistUse) -> list[tuple[str, str]]:
    base = f"/checklists/uses/{use.pk}/"
    return [("post", base + path) for path in ("save/", "record/", "delete/")] + [("get", base), ("get", f"{base}export/")]


def test_to_others_there_is_nothing_there(use: ChecklistUse, stranger: User, client: Client, signed_in: SignedIn) -> None:
    other = signed_in(stranger)
    theirs = decisions.decision_start(owner_id=stranger.pk, title="Theirs", template=None, body="")
    for method, path in paths(use):
        assert getattr(other, method)(path).status_code == 404, path
        assert "/accounts/login/" in getattr(client, method)(path).headers["Location"]
    assert other.post(f"/decisions/{theirs.pk}/checklists/", {"what": f"use:{use.pk}"}).status_code == 404
    assert "Photo service" not in other.get("/checklists/").content.decode()
    with pytest.raises(Http404):
        checklists.use_attach(use=use, record=theirs)
    use.refresh_from_db()
    assert (use.revision, use.record) == (1, None)


def test_a_list_is_not_put_on_somebody_elses_record(
    use: ChecklistUse, learner: User, stranger: User, signed_in: SignedIn
) -> None:
    theirs = decisions.decision_start(owner_id=stranger.pk, title="Theirs", template=None, body="")
    client = signed_in(learner)
    for odd in (str(theirs.pk), str(uuid.uuid4()), "x", "\x00", "9" * 500):
        assert client.post(f"/checklists/uses/{use.pk}/record/", {"record": odd}).status_code == 404
    assert "Theirs" not in client.get(use.get_absolute_url()).content.decode()


def test_what_changes_things_is_not_had_by_a_link(use: ChecklistUse, learner: User, signed_in: SignedIn) -> None:
    client = signed_in(learner)
    for path in [path for method, path in paths(use) if method == "post"] + ["/checklists/before-release/use/"]:
        assert client.get(path).status_code == 405, path


@pytest.mark.parametrize("values", [{"title": " "}, {"states": []}, {"seen": {}}])
def test_the_database_refuses_what_no_page_can_read(use: ChecklistUse, values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ChecklistUse.objects.filter(pk=use.pk).update(**values)


def test_notes_and_titles_are_text(use: ChecklistUse, learner: User, signed_in: SignedIn) -> None:
    client = signed_in(learner)
    saved(client, use, title='"><b>t</b>', note__flags="</textarea><script>x</script>")
    page = client.get(use.get_absolute_url()).content.decode()
    assert "<b>t</b>" not in page
    assert "<script>x" not in page
