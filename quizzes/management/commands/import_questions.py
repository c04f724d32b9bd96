"""Read questions from GIFT, Aiken or Moodle XML into the bank."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from quizzes.interchange.encoding import NoText
from quizzes.interchange.formats import FORMATS, Format, detected
from quizzes.interchange.intake import text_of
from quizzes.interchange.marked import MARKDOWN, PLAIN
from quizzes.interchange.plan import CHANGED, ERROR, ImportRefused, Plan, Row, Wishes, import_chosen, plan


class Command(BaseCommand):
    help = (
        "Import questions, all in one transaction. A question with a fault stops the import, unless --despite-errors is given."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("file", help="- for standard input")
        add("--format", choices=sorted(FORMATS), help="default: told by the text")
        add("--preview", action="store_true", help="say what would happen and write nothing")
        add("--despite-errors", action="store_true", help="import the questions that can be read, leave the others")
        add("--tag", action="append", default=[], dest="tags", help="for all questions; can be given several times")
        add("--difficulty", type=int, choices=range(1, 6), help="for new questions of which the file says none")
        add("--prefix", default="", help="goes before the slug of each question")
        add("--plain", action="store_true", help="texts without a format mark are plain, not Markdown")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = self._plan(options)
            for row in found.rows:
                self._say(row)
            counts = ", ".join(f"{count} {state}" for state, count in found.counts.items() if count)
            self.stdout.write(f"{options['file']}: {counts or 'no questions'}")
            self._import(found, options)
        except (NoText, ImportRefused) as error:
            raise CommandError(str(error)) from None

    def _plan(self, options: dict[str, Any]) -> Plan:
        taken = text_of(self._bytes(options["file"]))
        if taken.notice:
            self.stderr.write(taken.notice)
        form: Format | None = FORMATS[options["format"]] if options["format"] else detected(taken.text)
        if form is None:
            raise CommandError("The text looks like none of the formats. Name it with --format.")
        unmarked = PLAIN if options["plain"] else MARKDOWN
        return plan(taken.text, form, Wishes.of(options["tags"], options["difficulty"], options["prefix"], unmarked))

    def _bytes(self, name: str) -> bytes:
        try:
            return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        except OSError as error:
            raise CommandError(f"{name} cannot be read: {error.strerror}") from error

    def _say(self, row: Row) -> None:
        changes = f" ({', '.join(row.changes)})" if row.state == CHANGED else ""
        self.stdout.write(f"line {row.line}: {row.state} {row.slug or row.title}{changes}")
        for what in (*row.problems, *row.notices):
            self.stdout.write(f"    {what}")

    def _import(self, found: Plan, options: dict[str, Any]) -> None:
        if options["preview"]:
            return
        if found.counts[ERROR] and not options["despite_errors"]:
            raise CommandError("Nothing was imported: mend the faults, or give --despite-errors to import the others.")
        done = import_chosen(found, {row.number for row in found.rows})
        self.stdout.write(f"Imported: {done.new} new, {done.changed} changed.")
