"""What a development site's database needs before it serves, in two parts: its form, then what is in it."""

from collections.abc import Callable

from django.conf import settings
from django.core.management import call_command, get_commands
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.development import make_accounts

Say = Callable[[str], object]


def migrate(say: Say) -> None:
    """Apply the migrations that are missing; quick when none is."""
    executor = MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say(f"Applying {len(plan)} migrations ...")
        call_command("migrate", interactive=False, verbosity=0)


def fill(say: Say) -> None:
    """Load the material and make the development accounts; what is there already stays."""
    if "load_material" in get_commands():
        say("Loading the material ...")
        call_command("load_material")
    for line in make_accounts(settings.VAR / "accounts.json"):
        say(line)
