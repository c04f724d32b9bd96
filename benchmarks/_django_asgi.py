"""The yardstick for pages: the same site through Django's own ASGI handler, on the same server."""

import os

from django.core.asgi import get_asgi_application

app = get_asgi_application()


def main() -> None:
    from config.server import Server, configuration

    Server(configuration(app=app, lifespan="off", host="127.0.0.1", port=int(os.environ["PORT"]))).run()


if __name__ == "__main__":
    main()
