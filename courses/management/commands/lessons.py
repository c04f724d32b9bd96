"""Say how long and how hard each lesson is, and what stands around it."""

from argparse import ArgumentParser
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError

from courses.loading.kinds import Material, Piece
from courses.loading.load import parse_material
from courses.loading.source import MaterialError
from courses.readability import readability
from courses.rendering.document import author_document


@dataclass(frozen=True, slots=True)
class Row:
    """A lesson: its words (all of the page), reading level, blocks, and the questions and cards of its name."""

    slug: str
    words: int
    grade: float
    diagrams: int
    questions: int
    cards: int


class Command(BaseCommand):
    help = (
        "Print each lesson's length, reading level (Automated Readability Index), diagrams, questions and cards. Reads files."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            material = parse_material()
        except MaterialError as error:
            raise CommandError(str(error)) from None
        rows = [row_of(piece, material) for piece in material.pieces.get("lesson", ())]
        if options["json"]:
            self.stdout.write(orjson.dumps([asdict(row) for row in rows]).decode())
            return
        self.stdout.write(f"{'lesson':44} words  grade  diagrams  questions  cards")
        for row in rows:
            counted = f"{row.words:5}  {row.grade:5.1f}  {row.diagrams:8}  {row.questions:9}  {row.cards:5}"
            self.stdout.write(f"{row.slug:44} {counted}")
        questions, cards = (len(material.pieces.get(name, ())) for name in ("questions", "flashcards"))
        self.stdout.write(f"{len(rows)} lessons, {questions} questions, {cards} flashcards")


def row_of(piece: Piece[Any], material: Material) -> Row:
    made = author_document(piece.entry.body)
    read = readability(made.text)
    slug = piece.entry.slug
    questions = sum(slug in each.entry.tags for each in material.pieces.get("questions", ()))
    cards = sum(each.entry.lesson == slug for each in material.pieces.get("flashcards", ()))
    return Row(slug, read.words, read.grade, made.html.count('class="diagram"'), questions, cards)
