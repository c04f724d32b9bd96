"""Load the files of the material into the database, or only check them."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses.loading.load import Report, load_material, parse_material
from courses.loading.source import MaterialError
from courses.loading.three_way import Outcome

WORTH_SAYING = {
    Outcome.CONFLICT: "edited in the admin and changed in its file: the row was kept, take a side in the admin",
    Outcome.EDITED: "edited in the admin, its file is unchanged: the row was kept",
    Outcome.GONE: "its file is gone: the row was kept",
}


class Command(BaseCommand):
    help = "Check every file of the material, then load all of it in one transaction, three ways."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, help="another folder than the site's own material")
        parser.add_argument("--check", action="store_true", help="check the files only; needs no database")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["check"]:
                self.checked(options)
            else:
                self.report(load_material(options["folder"]), options["json"])
        except MaterialError as error:
            if options["json"]:
                self.stdout.write(json.dumps({"problems": [problem_data(each) for each in error.problems]}))
            raise CommandError(str(error)) from None

    def checked(self, options: dict[str, Any]) -> None:
        counts = {name: len(pieces) for name, pieces in parse_material(options["folder"]).pieces.items()}
        words = ", ".join(f"{count} of kind {name}" for name, count in sorted(counts.items()))
        self.stdout.write(json.dumps({"checked": counts, "problems": []}) if options["json"] else f"All well: {words}.")

    def report(self, report: Report, as_json: bool) -> None:
        if as_json:
            entries = [
                {"kind": each.kind, "slug": each.slug, "path": each.path, "outcome": each.outcome.value}
                for each in report.entries
            ]
            self.stdout.write(json.dumps({"counts": report.counts(), "entries": entries}))
            return
        for outcome, words in WORTH_SAYING.items():
            for entry in report.of(outcome):
                self.stdout.write(f"{entry.path}: {entry.kind} {entry.slug} {words}")
        self.stdout.write(
            "Material: " + (", ".join(f"{n} {name}" for name, n in sorted(report.counts().items())) or "no files")
        )


def problem_data(problem: Any) -> dict[str, Any]:
    return {"path": problem.path, "line": problem.line, "what": problem.what}
