import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.development import DevelopmentSite


class Command(BaseCommand):
    help = "Run the whole site on this machine: servers, web server, workers. Ctrl-C stops all of it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"), help="address to listen on (HOST)")
        parser.add_argument(
            "--port", type=int, default=int(os.environ.get("PORT", "8000")), help="the port, or the next free one (PORT)"
        )

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        sys.exit(DevelopmentSite(settings.VAR, host=host, port=port).run())
