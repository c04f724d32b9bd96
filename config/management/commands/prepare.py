from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.development import make_accounts


class Command(BaseCommand):
    help = "Bring a development site's database up to date: migrations, the material, the development accounts."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("this makes accounts with known passwords: for development only (DEBUG=true)")
        self.migrate()
        if "load_material" in get_commands():
            self.stdout.write("Loading the material ...")
            call_command("load_material", stdout=self.stdout, stderr=self.stderr)
        for line in make_accounts(settings.VAR / "accounts.json"):
            self.stdout.write(line)

    def migrate(self) -> None:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            self.stdout.write(f"Applying {len(plan)} migrations ...")
            call_command("migrate", interactive=False, verbosity=0)
