"""The pages, as WSGI: `config.asgi` runs this in threads; at scale it can run in processes of its own."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from config.checks import require_environment  # noqa: E402 - needs the settings

require_environment()
