"""Write questions of the bank as GIFT, Aiken or Moodle XML."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from quizzes.interchange.export import Export, exported
from quizzes.interchange.formats import FORMATS
from quizzes.models import Question


class Command(BaseCommand):
    help = "Write questions of the bank in a format of other systems. What the format cannot hold is said on standard error."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("format", choices=sorted(FORMATS))
        add("--tag", action="append", default=[], dest="tags", help="only questions with this tag; can be given several times")
        add("--kind", action="append", default=[], dest="kinds", help="only questions of this kind, such as numeric")
        add("--slug", action="append", default=[], dest="slugs", help="only this question; can be given several times")
        add("--retired", action="store_true", help="retired questions too")
        add("--output", type=Path, metavar="FILE", help="default: standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        found = exported(self._questions(options), FORMATS[options["format"]])
        if not found.told:
            raise CommandError("No question of the bank is meant by that.")
        self._complain(found)
        if options["output"] is None:
            self.stdout.write(found.text, ending="")
            return
        try:
            options["output"].write_text(found.text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{options['output']} cannot be written: {error.strerror}") from error

    def _questions(self, options: dict[str, Any]) -> QuerySet[Question]:
        rows = Question.objects.select_related("current").order_by("slug")
        for tag in options["tags"]:
            rows = rows.filter(current__tags__contains=[tag])
        if options["kinds"]:
            rows = rows.filter(current__kind__in=options["kinds"])
        if options["slugs"]:
            rows = rows.filter(slug__in=options["slugs"])
        return rows if options["retired"] or options["slugs"] else rows.filter(retired=False)

    def _complain(self, found: Export) -> None:
        for each in found.told:
            if each.left_out:
                self.stderr.write(f"{each.question.slug}: left out: {each.left_out}")
            elif each.lost:
                self.stderr.write(f"{each.question.slug}: {found.form.label} cannot hold {'; '.join(each.lost)}")
        self.stderr.write(
            f"{found.written} of {len(found.told)} questions written as {found.form.label}, {len(found.whole)} of them whole."
        )
