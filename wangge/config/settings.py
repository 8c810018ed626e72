"""Django settings, all derived from one typed `Env`."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import unquote, urlsplit

from wangge.config import env as environment

ENV = environment.read()
BASE_DIR = environment.ROOT

# Outside production a key derived from the data folder keeps sessions alive over restarts.
_local = hashlib.sha256(str(ENV.data_dir).encode()).hexdigest()
SECRET_KEY = ENV.secret_key or f"local-only-{_local}"
FIELD_KEY = ENV.field_key or _local
FIELD_KEYS_OLD = ENV.field_keys_old
INDEX_KEY = ENV.index_key
INDEX_KEYS_OLD = ENV.index_keys_old
DEBUG = False
ALLOWED_HOSTS = [*ENV.allowed_hosts, *(["testserver"] if ENV.mode == "development" else [])]
WANGGE = ENV

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "procrastinate.contrib.django",
    "wangge.audit",
    "wangge.calendars",
    "wangge.areas",
    "wangge.org",
    "wangge.registry",
    "wangge.responsibility",
    "wangge.casework",
    "wangge.intake",
    "wangge.divisions",
    "wangge.appraisal",
    "wangge.command",
    "wangge.district",
]
MIDDLEWARE = [
    "wangge.config.middleware.guard",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "wangge.org.http.scoped_transaction",
]
ROOT_URLCONF = "wangge.config.urls"
ASGI_APPLICATION = "wangge.config.asgi.application"
TEMPLATES: list[dict[str, Any]] = []


def database(url: str, *, pool: int) -> dict[str, Any]:
    """A Django database entry from a `postgresql://` address; query parameters become libpq options."""
    parts = urlsplit(url)
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    options: dict[str, Any] = {key: unquote(value) for key, value in query.items() if key != "host"}
    if pool:
        # As many threads as connections, so waiting for one means that the server is away: say so soon, and try
        # anew at each request instead of at ever longer intervals.
        options["pool"] = {"min_size": 1, "max_size": pool, "timeout": 4, "reconnect_timeout": 4}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.get("host", parts.hostname or "")),
        "PORT": str(parts.port or query.get("port", "")),
        "OPTIONS": options,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }


_app_url = ENV.database_url or "postgresql://wangge_app@127.0.0.1:1/wangge"
DATABASES = {
    "default": database(_app_url, pool=ENV.pool_size),
    "owner": database(ENV.database_owner_url or _app_url, pool=0),
}
DATABASE_ROUTERS: list[str] = []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "org.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["wangge.kit.passwords.Argon2"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = ENV.session_hours * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.https
CSRF_COOKIE_NAME = "wangge_csrf"
CSRF_FAILURE_VIEW = "wangge.config.middleware.csrf_failure"
SECURE_HSTS_SECONDS = 31_536_000 if ENV.https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.https else None
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

LANGUAGE_CODE = "zh-hans"
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
STATIC_ROOT = BASE_DIR / "wangge" / "config" / "static"
STATIC_URL = "/assets/"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "wangge": {"level": "INFO"},
        # Its lines hold addresses (tokens of the public page) and tracebacks with values; ours are in config.problems.
        "django.request": {"level": "CRITICAL"},
        "psycopg.pool": {"level": "ERROR"},  # one line for each attempt while the server is away
    },
}
