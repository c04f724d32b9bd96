from datetime import date

import pytest

from courses.examples.api_versions import Body, Interface, UnknownVersion, Version, start_of

FIRST, SPLIT, MINOR = date(2024, 1, 1), date(2025, 6, 1), date(2027, 1, 15)


def one_name(body: Body) -> Body:
    kept = {key: value for key, value in body.items() if key not in ("given_name", "family_name")}
    return kept | {"name": f"{body['given_name']} {body['family_name']}"}


def decimal_amount(body: Body) -> Body:
    minor = body["amount_minor"]
    assert isinstance(minor, int)
    return {key: value for key, value in body.items() if key != "amount_minor"} | {"amount": minor / 100}


API = Interface(
    first=FIRST,
    versions=[Version(SPLIT, one_name), Version(MINOR, decimal_amount)],
    deprecated={FIRST: (start_of(date(2026, 1, 1)), start_of(date(2027, 1, 1)))},
)
NEWEST = {"given_name": "A", "family_name": "B", "amount_minor": 1230}


def test_the_newest_form_passes_unchanged() -> None:
    assert API.answer(NEWEST, None, MINOR)[0] == NEWEST


def test_an_older_caller_gets_all_downgrades_after_its_version() -> None:
    assert API.answer(NEWEST, None, FIRST)[0] == {"name": "A B", "amount": 12.3}
    assert API.answer(NEWEST, None, SPLIT)[0] == {"given_name": "A", "family_name": "B", "amount": 12.3}


def test_the_header_wins_over_the_account_for_one_request() -> None:
    body, headers = API.answer(NEWEST, "2027-01-15", FIRST)
    assert body == NEWEST
    assert headers["Api-Version"] == "2027-01-15"


def test_a_version_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownVersion):
        API.answer(NEWEST, "2026-02-30", FIRST)


def test_caches_are_told_by_which_headers_answers_differ() -> None:
    assert API.answer(NEWEST, None, MINOR)[1]["Vary"] == "Api-Version, Authorization"


def test_an_ending_version_says_since_when_and_until_when() -> None:
    headers = API.answer(NEWEST, None, FIRST)[1]
    assert headers["Deprecation"] == "@1767225600"
    assert headers["Sunset"] == "Fri, 01 Jan 2027 00:00:00 GMT"
    assert "Sunset" not in API.answer(NEWEST, None, MINOR)[1]
