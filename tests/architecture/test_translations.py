"""Every string people see exists in Chinese, with the same placeholders, and the catalogue is up to date."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = Path("locale/zh_Hans/LC_MESSAGES/django.po")
IGNORED = ("-i", ".venv", "-i", "var", "-i", "tests", "-i", "benchmarks")
PATHS = {"PATH": f"{ROOT / '.venv/bin'}:/usr/bin:/bin"}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")


def messages(path: Path) -> dict:
    with path.open("rb") as file:
        return {message.id: message for message in read_po(file, locale="zh_Hans") if message.id}


@pytest.fixture(scope="module")
def catalogue() -> dict:
    return messages(ROOT / CATALOGUE)


def strings(value) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def test_every_message_is_translated(catalogue):
    assert len(catalogue) > 500
    untranslated = [m.id for m in catalogue.values() if not all(strings(m.string)) or m.fuzzy]
    assert untranslated == []


def test_placeholders_survive(catalogue):
    for message in catalogue.values():
        wanted = set(PLACEHOLDER.findall(strings(message.id)[-1]))
        for string in strings(message.string):
            assert set(PLACEHOLDER.findall(string)) == wanted, message.id


def test_an_installation_can_compile_it(tmp_path):
    shutil.copytree(ROOT / "locale", tmp_path / "locale", ignore=shutil.ignore_patterns("*.mo"))
    subprocess.run(
        ["django-admin", "compilemessages"], cwd=tmp_path, check=True, capture_output=True, env=PATHS
    )


def test_the_catalogue_knows_every_string_of_the_code(catalogue, tmp_path):
    """Extracts afresh into a copy of the sources; a new string without a translation is a failure."""
    for package in ("trial_site", "enrollment", "randomization", "dosing", "outcomes", "templates", "locale"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("*.mo", "__pycache__")
        )
    subprocess.run(
        ["django-admin", "makemessages", "-l", "zh_Hans", "--no-location", "--no-wrap", *IGNORED],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        env=PATHS,
    )
    fresh = messages(tmp_path / CATALOGUE)
    assert set(fresh) - set(catalogue) == set()
