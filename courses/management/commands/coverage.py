"""Say what the material must carry and does not yet."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses.loading.coverage import Coverage, coverage, missing_from_lesson
from courses.loading.kinds import Material
from courses.loading.load import parse_material
from courses.loading.source import MaterialError


class Command(BaseCommand):
    help = "Print the ids that are still bare, by module; exit status 1 when there are any. Reads files only."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--lesson", metavar="SLUG", help="only check one lesson's ids against the plan")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            material = parse_material()
        except MaterialError as error:
            raise CommandError(str(error)) from None
        if options["lesson"]:
            self.one_lesson(material, options["lesson"], options["json"])
        else:
            self.everything(coverage(material), options["json"])

    def one_lesson(self, material: Material, slug: str, as_json: bool) -> None:
        try:
            missing, extra = missing_from_lesson(material, slug)
        except LookupError as error:
            raise CommandError(str(error.args[0])) from None
        if as_json:
            self.stdout.write(json.dumps({"lesson": slug, "missing": missing, "beyond_the_plan": extra}))
        else:
            self.stdout.write(
                "\n".join([*(f"bare: {each}" for each in missing), *(f"beyond the plan: {each}" for each in extra)])
            )
            self.stdout.write(f"{slug}: {len(missing)} of the plan's ids are bare")
        if missing:
            raise SystemExit(1)

    def everything(self, found: Coverage, as_json: bool) -> None:
        if as_json:
            bare = [{"id": each.id, "kind": each.kind, "module": each.module, "lacks": each.lacks} for each in found.bare]
            self.stdout.write(
                json.dumps({"total": found.total, "bare": bare, "unknown": found.unknown, "waiting": found.waiting})
            )
        else:
            for module, entries in found.by_module().items():
                self.stdout.write(f"{module} ({len(entries)})")
                for each in entries:
                    self.stdout.write(f"  {each.id}: lacks {', '.join(each.lacks)}")
            for identity in found.unknown:
                self.stderr.write(f"nobody asked for {identity}: is it spelt right?")
            for identity in found.waiting:
                self.stdout.write(f"{identity} waits for a lab that is planned; a lesson holds its place")
            self.stdout.write(f"{found.total - len(found.bare)} of {found.total} ids are carried, {len(found.bare)} are bare")
        if found.bare or found.unknown:
            raise SystemExit(1)
