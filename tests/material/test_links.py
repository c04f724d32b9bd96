"""Every link of the material to a page of this site leads to a page, and to the place on it that it names."""

import re
from html import unescape
from urllib.parse import urldefrag

import pytest
from django.test import Client

from courses.loading.load import load_material, material_folder
from courses.models import Lesson

LINK = re.compile(r"\]\((?P<address>[/#][^)\s]*)|href=\"(?P<href>[/#][^\"]*)\"")


def addresses(text: str) -> set[str]:
    return {unescape(found["address"] or found["href"]) for found in LINK.finditer(text)}


@pytest.mark.django_db
def test_every_link_leads_somewhere(client: Client) -> None:
    load_material()
    wanted: dict[str, set[str]] = {}
    for path in sorted(material_folder().rglob("*.*")):
        here = f"/lessons/{path.stem}/" if path.parent.name == "lessons" else ""
        for address in addresses(path.read_text()) if path.name != "README.md" else ():
            page, anchor = urldefrag(address)
            wanted.setdefault(page or here, set()).add(anchor)
    for lesson in Lesson.objects.all():
        for address in addresses(lesson.html):
            page, anchor = urldefrag(address)
            wanted.setdefault(page or lesson.get_absolute_url(), set()).add(anchor)
    broken = [trouble for page, anchors in sorted(wanted.items()) for trouble in troubles(client, page, anchors)]
    assert broken == []


def troubles(client: Client, page: str, anchors: set[str]) -> list[str]:
    answer = client.get(page, follow=True)
    if answer.status_code != 200:
        return [f"{page}: {answer.status_code}"]
    html = b"".join(answer).decode() if answer.streaming else answer.content.decode()
    return [f"{page}#{anchor}: no such place" for anchor in anchors if anchor and f'id="{anchor}"' not in html]
