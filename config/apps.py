from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangosAdminConfig
from django.contrib.staticfiles.apps import StaticFilesConfig

from config.celery import app as celery_app

# Importing the Celery application makes it the one that shared tasks belong to.
__all__ = ["AdminConfig", "BuiltStaticFilesConfig", "SiteConfig", "celery_app"]


class BuiltStaticFilesConfig(StaticFilesConfig):
    """Collects what was built, not its sources: their imports name npm packages, which hashing cannot follow."""

    ignore_patterns = (*StaticFilesConfig.ignore_patterns, "css/*", "js/*", "build.mjs")


class AdminConfig(DjangosAdminConfig):
    default_site = "config.admin_site.Site"


class SiteConfig(AppConfig):
    name = "config"
    verbose_name = "The site"

    def ready(self) -> None:
        from config import checks  # noqa: F401 - registers them
