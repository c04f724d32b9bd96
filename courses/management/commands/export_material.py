"""Write the content of the database back into files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses.loading.export import export_material, rows_in_conflict
from courses.loading.load import material_folder


class Command(BaseCommand):
    help = "Write the material back out. A row that nobody edited is written just as its file was."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, help="default: the site's own material")

    def handle(self, *args: Any, **options: Any) -> None:
        unsettled = rows_in_conflict()
        if unsettled:
            raise CommandError(
                f"these are in conflict with their files, take a side in the admin first: {', '.join(unsettled)}"
            )
        folder = options["folder"] or material_folder()
        changed = export_material(folder)
        for path in changed:
            self.stdout.write(path)
        self.stdout.write(f"{len(changed)} files written below {folder}")
