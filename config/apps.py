from django.apps import AppConfig

from config.celery import app as celery_app

__all__ = ["SiteConfig", "celery_app"]  # importing the Celery application makes it the one that shared tasks belong to


class SiteConfig(AppConfig):
    name = "config"
    verbose_name = "The site"

    def ready(self) -> None:
        from config import checks  # noqa: F401 - registers them
