"""Django's settings, all derived from `logix_server.config`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dj_database_url

from logix_server.config import current

_config = current()


def _secret_key() -> str:
    try:
        return _config.secret_key_file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        # Before `init` there is nothing to sign; a random key serves help pages and checks.
        import secrets

        return secrets.token_urlsafe(48)


def _database() -> dict[str, Any]:
    database: dict[str, Any] = dict(dj_database_url.parse(_config.database_url))
    if database["ENGINE"].endswith("sqlite3"):
        # FULL: what was acknowledged to a device survives a power cut. IMMEDIATE: a transaction that
        # will write takes its turn at once instead of failing half-way.
        database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000;"
                "PRAGMA foreign_keys=ON; PRAGMA cache_size=-16000; PRAGMA wal_autocheckpoint=4000;"
            ),
        }
    else:
        # A database host that vanishes is noticed in half a minute; the kernel would wait for hours.
        database["OPTIONS"] = {
            "connect_timeout": 10,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 4,
            "tcp_user_timeout": 30_000,
        } | database.get("OPTIONS", {})
        database["CONN_MAX_AGE"] = None
        database["CONN_HEALTH_CHECKS"] = True
    return database


DATABASES = {"default": _database()}
SECRET_KEY = _secret_key()
DEBUG = False  # `debug` is for the logs: Django's own would show strangers the insides
ALLOWED_HOSTS = [_config.public_host, "localhost", "127.0.0.1", "[::1]"]
if _config.web_origin:
    # The proxy speaks plain HTTP to us: without this no form of a page that came by TLS is accepted.
    ALLOWED_HOSTS.append(_config.web_origin.partition("://")[2].partition(":")[0])
    CSRF_TRUSTED_ORIGINS = [_config.web_origin]
ROOT_URLCONF = "logix_server.portal.urls"
WSGI_APPLICATION = "logix_server.portal.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "logix_server.accounts",
    "logix_server.mail",
    "logix_server.oncall",
    "logix_server.knowledge",
    "logix_server.pki",
    "logix_server.fleet",
    "logix_server.contracts",
    "logix_server.modules",
    "logix_server.health",
    "logix_server.tickets",
    "logix_server.replacements",
    "logix_server.visits",
    "logix_server.audit",
    "logix_server.effects",
    "logix_server.portal",
]
MIDDLEWARE = [
    "logix_server.portal.middleware.RequestIdMiddleware",
    "logix_server.portal.middleware.SecureHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "logix_server.portal.accounts.gate.GateMiddleware",
    "logix_server.portal.language.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "logix_server.portal.layout.layout",
            ]
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "logix_server.accounts.sign_in.passwords.NotLikeItsOwner"},
]
AUTHENTICATION_BACKENDS = ["logix_server.accounts.backends.NameOrMailBackend"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "tr"
LANGUAGES = [("tr", "Türkçe"), ("en", "English")]
LOCALE_PATHS = [Path(__file__).parent / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Istanbul"
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _config.web_origin.startswith("https://")
# Each session ends in its time (`accounts.sign_in.sign_ins`); the cookie lasts as long as the longest.
SESSION_COOKIE_AGE = max(_config.vendor_session_seconds, _config.session_seconds)
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "logix_server.portal.refusals.stale_form"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
LOGGING_CONFIG = None  # structlog is set up by `logix_server.main`
