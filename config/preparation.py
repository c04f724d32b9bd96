"""What a development site's database needs before it serves, in two parts: its form, then what is in it."""

from collections.abc import Callable

from django.conf import settings
from django.core.management import CommandError, call_command
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
    """Make the development accounts and load the material; what is there already stays.

    Material with a mistake in it does not keep the site from starting: whoever is writing it wants to see the rest.
    """
    for line in make_accounts(settings.VAR / "accounts.json"):
        say(line)
    call_command("grant_instructors", verbosity=0)
    say("Loading the material ...")
    try:
        call_command("load_material")
    except CommandError as mistakes:
        say(f"{mistakes}\n! The material has mistakes: none of it was loaded, the site shows what it had.")
