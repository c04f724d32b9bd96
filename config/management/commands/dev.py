import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from config.development import add_arguments


class Command(BaseCommand):
    """For `manage.py help`; manage.py itself runs `dev` before the settings are read, and so must anyone else."""

    help = "Run the whole site on this machine: servers, web server, workers. Ctrl-C stops all of it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_arguments(parser)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        os.execv(  # noqa: S606 - our own interpreter and file
            sys.executable, [sys.executable, "manage.py", "dev", "--host", host, "--port", str(port)]
        )
