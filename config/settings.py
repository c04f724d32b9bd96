"""Every setting of the site, in one file. Values come from the environment, each read once, here.

| variable | meaning | default |
|---|---|---|
| `DEBUG` | development: plain HTTP, error pages, e-mail to the console | false |
| `SECRET_KEY` | signs sessions and links | development: made once, kept in the data folder |
| `DATABASE_URL` | `postgres://user:password@host:port/name` | the running development site's |
| `REDIS_URL` | Valkey or Redis: streams, cache | the running development site's |
| `DATABASE_CONN_MAX_AGE` | seconds that a thread keeps its connection | 300 |
| `CELERY_BROKER_URL` | the tasks' broker, where it is another one | `REDIS_URL` |
| `ALLOWED_HOSTS`, `CSRF_TRUSTED_ORIGINS` | comma-separated | this machine, when `DEBUG` |
| `HTTPS` | redirect to HTTPS, secure cookies, HSTS | not `DEBUG` |
| `TRUSTED_PROXIES` | how many proxies in front set `X-Forwarded-For` and `-Proto` | 0 |
| `EMAIL_URL`, `DEFAULT_FROM_EMAIL` | where mail goes | the console |
| `EMAIL_VERIFICATION` | `mandatory`, `optional`, `none` | optional when `DEBUG`, else mandatory |
| `LOG_LEVEL` | | INFO |
| `SHARED_PAGES_S` | seconds for which visitors without a session share a page once made; 0: never | 5 |
| `WEB_THREADS` | threads that make pages, in each web process | 8 |
| `LABS_LIMITS` | JSON: overrides of `labs.limits.Limits`, such as `{"runs_at_once": 2}` | `{}` |
| `LABS_KEY_PREFIX` | of the laboratory's keys in Valkey | `labs:` |
| `MATERIAL_DIR` | the folder of lessons, questions and all other content | `courses/material/` |
| `PLIMSOLL_VAR` | the data folder of a development site | `var/` |

What serves the site refuses to start without the first five that a deployment needs (see `config.checks`); commands
that need no server, such as `labs` and `runlab`, start without any.
"""

import json
import os
import secrets
from collections import ChainMap
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config.logs import configure_structlog, logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("PLIMSOLL_VAR") or BASE_DIR / "var").resolve()
MATERIAL_DIR = os.environ.get("MATERIAL_DIR") or BASE_DIR / "courses/material"


def running_site() -> dict[str, str]:
    """The addresses that a running `manage.py dev` has left in the data folder, for commands run beside it."""
    try:
        found = json.loads((VAR / "servers.json").read_text())
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in found.items()}


def generated_secret_key() -> str:
    """The development site's key, made once; whoever comes second to write it takes the first one's."""
    path = VAR / "secret_key"
    draft = path.with_name(f"secret_key.{os.getpid()}")
    try:
        VAR.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(64))
            os.link(draft, path)
        return path.read_text()
    except FileExistsError:
        return path.read_text()
    except OSError:
        return secrets.token_urlsafe(64)
    finally:
        draft.unlink(missing_ok=True)


env = environ.Env()
env.ENVIRON = ChainMap(os.environ, running_site())

DEBUG: bool = env.bool("DEBUG", default=False)
HTTPS: bool = env.bool("HTTPS", default=not DEBUG)
DATABASE_URL: str = env.str("DATABASE_URL", default="")
REDIS_URL: str = env.str("REDIS_URL", default="")
SECRET_KEY: str = env.str("SECRET_KEY", default="") or generated_secret_key()
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
WEB_THREADS: int = env.int("WEB_THREADS", default=8)

REQUIRED_IN_PRODUCTION = ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS")
MISSING_FROM_ENVIRONMENT = [] if DEBUG else [name for name in REQUIRED_IN_PRODUCTION if not env.str(name, default="")]

# The house

INSTALLED_APPS = [
    "config.apps.SiteConfig",
    "accounts",
    "labs",
    "courses",
    "quizzes",
    "quizzes.invitations",
    "quizzes.reviews",
    "quizzes.interviews",
    "config.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "config.apps.BuiltStaticFilesConfig",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "django_structlog",
    "simple_history",
]
MIDDLEWARE = [
    "config.metrics.PageMetrics",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.csrf.CsrfCookie",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    }
]
LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = "UTC"
LOG_LEVEL: str = env.str("LOG_LEVEL", default="INFO")
configure_structlog()
LOGGING = logging_config(level=LOG_LEVEL, for_people=DEBUG)

# Where things are kept


def database(url: str) -> dict[str, Any]:
    """Django's settings for `url`. Connections stay with their thread: there are few threads, and they live long."""
    if not url:
        return {"ENGINE": "django.db.backends.dummy"}
    found: dict[str, Any] = environ.Env.db_url_config(url)
    if found["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database: postgres://user:password@host:port/name")
    options = {"connect_timeout": 5, "application_name": "plimsoll", **found.get("OPTIONS", {})}
    return {
        **found,
        "CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE", default=300),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def cache(url: str) -> dict[str, Any]:
    if not url:
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    options = {"socket_connect_timeout": 1, "socket_timeout": 2}
    return {"BACKEND": "config.cache.ForgivingRedisCache", "LOCATION": url, "KEY_PREFIX": "cache", "OPTIONS": options}


DATABASES = {"default": database(DATABASE_URL)}
CACHES = {"default": cache(REDIS_URL)}
SHARED_PAGES_S = env.float("SHARED_PAGES_S", default=5.0)
SESSION_ENGINE = "config.sessions"  # the cache may come back empty: nobody is logged out
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_STORAGE = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
    if DEBUG
    else "servestatic.storage.CompressedManifestStaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": STATICFILES_STORAGE},
}
del STATICFILES_STORAGE

EMAIL_CONFIG: dict[str, Any] = env.email_url("EMAIL_URL", default="consolemail://")
EMAIL_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL_CONFIG["EMAIL_HOST"] or "localhost"
EMAIL_PORT = EMAIL_CONFIG["EMAIL_PORT"] or 25
EMAIL_HOST_USER = EMAIL_CONFIG["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = EMAIL_CONFIG["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS = EMAIL_CONFIG.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL_CONFIG.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = EMAIL_CONFIG["EMAIL_FILE_PATH"] or str(VAR / "mail")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", default="Plimsoll <plimsoll@localhost>")

# Tasks. One is acknowledged when it is done, so a worker that dies gives it back.

TASK_TIME_LIMIT_S = 660
CELERY_BROKER_URL: str = env.str("CELERY_BROKER_URL", default="") or REDIS_URL or "redis://127.0.0.1:6379/0"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 2 * TASK_TIME_LIMIT_S,  # above the longest task, or a second worker would take it too
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 25,
}
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_CREATE_MISSING_QUEUES = True  # `simulation` and `live`: chosen per call
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SOFT_TIME_LIMIT = TASK_TIME_LIMIT_S - 60
CELERY_TASK_TIME_LIMIT = TASK_TIME_LIMIT_S
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_DISABLE_PREFETCH = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False  # a run goes on while its broker restarts
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_ENABLE_UTC = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "labs-look-after-runs": {"task": "labs.look_after_runs", "schedule": 5.0, "options": {"expires": 5}},
    "labs-prune-runs": {"task": "labs.prune_runs", "schedule": 3600.0, "options": {"expires": 3600}},
    "quizzes-expire-overdue-attempts": {
        "task": "quizzes.expire_overdue_attempts",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "invitations-erase-overdue": {"task": "invitations.erase_overdue", "schedule": 3600.0, "options": {"expires": 3600}},
    "interviews-look-after-rounds": {"task": "interviews.look_after_rounds", "schedule": 10.0, "options": {"expires": 10}},
    "interviews-purge-rounds": {"task": "interviews.purge_rounds", "schedule": 3600.0, "options": {"expires": 3600}},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat")

# The laboratory

LABS_KEY_PREFIX: str = env.str("LABS_KEY_PREFIX", default="labs:")  # of everything that runs keep in Valkey
LABS_LIMITS: dict[str, Any] = env.json("LABS_LIMITS", default={})  # overrides of labs.limits.Limits

# People

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
TRUSTED_PROXIES: int = env.int("TRUSTED_PROXIES", default=0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION: str = env.str("EMAIL_VERIFICATION", default="optional" if DEBUG else "mandatory")
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Plimsoll] "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_SESSION_REMEMBER = True

# Trust

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],  # the editor brings its own style element, with the nonce
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(livez|readyz|metrics)$"]
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2200  # the preview of an import has a tick for each of up to 2,000 questions
PAGE_BODY_LIMIT_BYTES = 10 * 1024 * 1024  # with files; refused before Django sees it
SIMPLE_HISTORY_REVERT_DISABLED = False
