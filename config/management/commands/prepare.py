from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.preparation import fill, migrate


class Command(BaseCommand):
    help = "Bring a development site's database up to date: migrations, the material, the development accounts."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("this makes accounts with known passwords: for development only (DEBUG=true)")
        migrate(self.stdout.write)
        fill(self.stdout.write)
