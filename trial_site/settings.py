"""The one settings file. Everything that differs between installations comes from the environment;
a missing or placeholder secret refuses to start (README, "Production")."""

from base64 import urlsafe_b64decode
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

PLACEHOLDERS = ("changeme", "change-me", "change_me", "secret", "insecure", "placeholder", "example")


def secret(name: str) -> str:
    value = env.str(name, default="")
    invented = any(word in value.lower() for word in PLACEHOLDERS) or len(set(value)) < 10
    if len(value) < 32 or invented:
        raise ImproperlyConfigured(f"{name} must be set to a random value of at least 32 characters.")
    return value


def fernet_keys(name: str) -> list[str]:
    """Keys of the identification log, the newest first. Only the web server needs them (trial_site/wsgi.py)."""
    keys = env.list(name, default=[])
    for key in keys:
        try:
            invented = len(set(urlsafe_b64decode(key))) < 10 or len(urlsafe_b64decode(key)) != 32
        except ValueError:
            invented = True
        if invented:
            raise ImproperlyConfigured(f"{name} must list random keys of 32 bytes in URL-safe base64.")
    return keys


def database(name: str) -> dict:
    return env.db(name) | {
        "ATOMIC_REQUESTS": False,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


DEMO = env.bool("DEMO", default=False)
DEBUG = False
SECRET_KEY = secret("SECRET_KEY")
IDENTITY_KEYS = fernet_keys("IDENTITY_KEYS")
# Addresses of participants alone: workers write to them, and open nothing else of the identification log (ADR 11).
CONTACT_KEYS = fernet_keys("CONTACT_KEYS")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "trial_site.audit",
    "trial_site.core",
    "trial_site.monitoring",
    "enrollment",
    "randomization",
    "randomization.sealed",
    "dosing",
    "outcomes",
    "trial_site.exports",
    "trial_site.casebook",
    "trial_site.simulation",
    "trial_site.blinding",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "django_htmx",
    "bootstrap",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "trial_site.core.middleware.NulMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "trial_site.core.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "trial_site.core.middleware.EqualLengthMiddleware",
    "trial_site.core.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "trial_site.urls"
WSGI_APPLICATION = "trial_site.wsgi.application"
ASGI_APPLICATION = "trial_site.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "trial_site.core.context.page",
            ],
        },
    },
]

# The web and worker processes connect as the application role, which cannot read an arm (ADR 2).
# The owner alias exists only where DATABASE_OWNER_URL is given: migrations and list custody. It alone finds the
# tables of the sealed room, which stand in a schema of their own.
DATABASES = {"default": database("DATABASE_URL")}
if env.str("DATABASE_OWNER_URL", default=""):
    DATABASES["owner"] = database("DATABASE_OWNER_URL")
    DATABASES["owner"].setdefault("OPTIONS", {})["options"] = "-c search_path=public,sealed"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "core.StaffMember"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_REDIRECT_URL = "home"
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "trial_site.core.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}

# A link for choosing a password works once, and for a day.
PASSWORD_RESET_TIMEOUT = 24 * 60 * 60

# An unattended workstation signs out after 30 minutes (EMA computerised systems guideline, annex 4).
SESSION_COOKIE_AGE = 30 * 60
SESSION_SAVE_EVERY_REQUEST = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEMO
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = not DEMO
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
)
SECURE_HSTS_SECONDS = 0 if DEMO else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEMO
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": env.str("BROKER_URL")}
}
if not env.str("BROKER_URL").startswith(("redis", "unix")):
    CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "var" / "static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Finished exports wait here for whoever asked; web and worker share the folder.
EXPORT_FOLDER = env.path("EXPORT_FOLDER", default=str(BASE_DIR / "var" / "exports"))

EMAIL_CONFIG = env.email("EMAIL_URL")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="trial@localhost")

# At-least-once delivery: the ledger of notices carries the dedupe, not the broker (ADR 6).
CELERY_BROKER_URL = env.str("BROKER_URL")
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ALWAYS_EAGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
if CELERY_BROKER_URL.startswith("redis"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 300,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    }

CRISPY_TEMPLATE_PACK = "trial"
CRISPY_ALLOWED_TEMPLATE_PACKS = ("trial",)

PUBLIC_URL = env.str("PUBLIC_URL", default="")

# Where seals of the history are anchored outside the database (ADR 8). The
# sealed room's chain has anchors of its own, for unblinded people.
AUDIT_ANCHOR_FILE = env.str("AUDIT_ANCHOR_FILE", default="")
AUDIT_ANCHOR_EMAIL = env.list("AUDIT_ANCHOR_EMAIL", default=[])
SEALED_ANCHOR_FILE = env.str("SEALED_ANCHOR_FILE", default="")
SEALED_ANCHOR_EMAIL = env.list("SEALED_ANCHOR_EMAIL", default=[])

# Tables of Django and its packages that hold no study data: what the application role may do there.
# A table named neither here nor by @audited gets no privilege at all.
WORKING_TABLES = {
    "django_session": "SELECT, INSERT, UPDATE, DELETE",
    "django_content_type": "SELECT",
    "django_migrations": "SELECT",
    "auth_permission": "",
    "auth_group": "",
    "auth_group_permissions": "",
    "account_emailaddress": "SELECT, INSERT, UPDATE, DELETE",
    "account_emailconfirmation": "SELECT, INSERT, UPDATE, DELETE",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
