"""Make the instructors' group, and put people into it."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from courses.instructors import grant_instructors


class Command(BaseCommand):
    help = "Bring the instructors' group up to date; with usernames, let these people into it and into the admin."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("usernames", nargs="*")

    def handle(self, *args: Any, **options: Any) -> None:
        group = grant_instructors()
        people = list(get_user_model()._default_manager.filter(username__in=options["usernames"]))
        missing = set(options["usernames"]) - {person.get_username() for person in people}
        if missing:
            raise CommandError(f"there is nobody called {', '.join(sorted(missing))}")
        for person in people:
            person.groups.add(group)
            type(person)._default_manager.filter(pk=person.pk).update(is_staff=True)
        if options["verbosity"]:
            self.stdout.write(f"{group.name}: {group.permissions.count()} permissions, {group.user_set.count()} people")
