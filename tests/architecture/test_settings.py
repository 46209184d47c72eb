"""Starting as production does: a process of its own, with an environment that says everything."""

import json
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

PROJECT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "PATH": "/usr/bin:/bin",
    "DJANGO_SETTINGS_MODULE": "trial_site.settings",
    "IDENTITY_KEYS": Fernet.generate_key().decode(),
    "SECRET_KEY": secrets.token_urlsafe(48),
    "DATABASE_URL": "postgres://trial_app:unused@localhost/trial",
    "BROKER_URL": "memory://",
    "EMAIL_URL": "consolemail://",
    "ALLOWED_HOSTS": "trial.example",
}


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {name: value for name, value in (PRODUCTION | environment).items() if value}
    return subprocess.run(
        [sys.executable, *command], cwd=PROJECT, env=given, capture_output=True, text=True, timeout=120
    )


ENOUGH = "SECRET_KEY must be set to a random value of at least 32 characters."
BAD = ["short", "changeme" * 5, "x" * 50, "ab12" * 10, "django-insecure-0123456789abcdefghijklmnopqrstuvwxyz"]


def last_words(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    return done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("secret", BAD)
def test_a_placeholder_or_short_secret_refuses_to_start(secret):
    assert last_words(run("-c", "import trial_site.wsgi", SECRET_KEY=secret)).endswith(ENOUGH)


@pytest.mark.parametrize(
    "command",
    [
        ["manage.py", "check"],
        ["-c", "import trial_site.wsgi"],
        ["-m", "celery", "-A", "trial_site", "worker"],
    ],
)
def test_nothing_starts_without_a_secret(command):
    assert last_words(run(*command, SECRET_KEY="")).endswith(ENOUGH)


KEYS_WANTED = "IDENTITY_KEYS must list random keys of 32 bytes in URL-safe base64."


@pytest.mark.parametrize("keys", ["", "changeme", "A" * 43 + "=", "dG9vLXNob3J0LWJ5LWZhcg=="])
def test_no_web_server_starts_without_keys_of_the_identification_log(keys):
    assert last_words(run("-c", "import trial_site.wsgi", IDENTITY_KEYS=keys)).endswith(KEYS_WANTED)


def test_a_worker_does_not_hold_them():
    done = run(
        "-c",
        "import trial_site.celery; trial_site.celery.app.loader.import_default_modules()",
        IDENTITY_KEYS="",
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["DATABASE_URL", "BROKER_URL", "EMAIL_URL", "ALLOWED_HOSTS"])
def test_what_is_missing_is_named(name):
    done = run("-c", "import trial_site.wsgi", **{name: ""})
    assert f"Set the {name} environment variable" in last_words(done)


def test_web_starts_without_the_owner_and_the_deployment_check_is_content():
    done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


def test_migrate_without_the_owner_says_one_sentence():
    done = run("manage.py", "migrate")
    assert done.returncode == 1
    assert done.stderr == "CommandError: Migrations run as the owner: set DATABASE_OWNER_URL.\n"


SIGN_IN_PAGE = """
import django, json
django.setup()
from django.conf import settings
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
from django.test import Client
page = Client().get("/accounts/login/", secure=SECURE, headers={"host": "trial.example"})
cookies = {name: {key: value for key, value in cookie.items() if value} for name, cookie in page.cookies.items()}
print(json.dumps([page.status_code, dict(page.headers), cookies]))
"""


def sign_in_page(*, secure: bool, **environment: str) -> tuple[int, dict, dict]:
    done = run("-c", SIGN_IN_PAGE.replace("SECURE", str(secure)), **environment)
    assert done.returncode == 0, done.stderr
    return tuple(json.loads(done.stdout))


def test_production_speaks_https_only():
    status, headers, _ = sign_in_page(secure=False)
    assert (status, headers["Location"]) == (301, "https://trial.example/accounts/login/")
    status, headers, cookies = sign_in_page(secure=True)
    assert status == 200
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert cookies["csrftoken"]["secure"]
    assert cookies["csrftoken"]["httponly"]
    assert cookies["csrftoken"]["samesite"] == "Lax"


def test_the_demo_speaks_http_and_leaves_no_trace_of_hsts():
    status, headers, cookies = sign_in_page(secure=False, DEMO="1")
    assert status == 200
    assert "Strict-Transport-Security" not in headers
    assert "secure" not in cookies["csrftoken"]


SETTINGS = (
    "import json; from django.conf import settings as s; print(json.dumps([getattr(s, n) for n in NAMES]))"
)


def settings_of(*names: str, **environment: str) -> list:
    return json.loads(run("-c", SETTINGS.replace("NAMES", str(names)), **environment).stdout)


def test_the_session_cookie_is_for_the_server_only():
    names = [
        "SESSION_COOKIE_SECURE",
        "SESSION_COOKIE_HTTPONLY",
        "SESSION_COOKIE_SAMESITE",
        "SESSION_COOKIE_AGE",
    ]
    assert settings_of(*names) == [True, True, "Lax", 1800]
    assert settings_of(*names, DEMO="1") == [False, True, "Lax", 1800]


def test_no_environment_turns_debugging_on():
    assert settings_of("DEBUG", DEBUG="1", DJANGO_DEBUG="1") == [False]


def test_a_proxy_is_believed_only_when_it_is_there():
    assert settings_of("SECURE_PROXY_SSL_HEADER") == [None]
    assert settings_of("SECURE_PROXY_SSL_HEADER", BEHIND_PROXY="1") == [["HTTP_X_FORWARDED_PROTO", "https"]]
