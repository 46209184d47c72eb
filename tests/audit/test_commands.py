"""`manage.py verify_audit_trail`, as the owner and as the application role, and the copy that verifies offline."""

import json
import shutil
import subprocess
import sys
import zipfile
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections

from tests.audit.chains import execute, seal_history
from trial_site.audit.sealing import anchors, append_anchors

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def verify(*options: str) -> dict:
    out = StringIO()
    call_command("verify_audit_trail", "--json", *options, stdout=out)
    return json.loads(out.getvalue())


def forge() -> int:
    """The owner changes a row; returns its id."""
    execute("ALTER TABLE audit_event DISABLE TRIGGER ALL")
    execute("UPDATE audit_event SET reason = 'forged' WHERE id = (SELECT min(id) FROM audit_event)")
    return execute("SELECT min(id) FROM audit_event")[0][0]


@pytest.fixture
def without_owner(monkeypatch):
    """As the web server and an inspector have it: the application role only."""
    monkeypatch.setattr(
        type(connections), "__contains__", lambda self, alias: alias == "default", raising=False
    )


def test_every_chain_as_the_owner():
    seal_history()
    report = verify()
    assert report["sound"]
    assert [chain["chain"] for chain in report["chains"]] == ["audit_event", "sealed_event"]
    assert report["not_read"] == []


def test_the_open_chain_as_the_application_role(without_owner):
    seal_history()
    report = verify()
    assert [chain["chain"] for chain in report["chains"]] == ["audit_event"]
    assert report["not_read"] == ["sealed_event"]


def test_a_finding_is_a_sentence_and_an_exit_code():
    seal_history()
    row = forge()
    out = StringIO()
    with pytest.raises(CommandError, match=r"does not hold: 1 finding"):
        call_command("verify_audit_trail", stdout=out)
    assert f"audit_event row {row} (" in out.getvalue()
    assert "was altered (seal 1)." in out.getvalue()


def test_it_writes_nothing_and_so_runs_on_a_standby():
    seal_history()
    execute(
        "ALTER DATABASE {} SET default_transaction_read_only = on".format(settings.DATABASES["owner"]["NAME"])
    )
    for alias in ("default", "owner"):
        connections[alias].close()
    assert verify()["sound"]


def test_an_anchor_file_is_held_against_the_chain(tmp_path):
    seal_history()
    path = tmp_path / "anchor.jsonl"
    append_anchors(path, anchors)
    assert verify("--anchor", str(path))["sound"]
    path.write_text(path.read_text().replace('"number": 2', '"number": 3'))
    with pytest.raises(CommandError, match="1 finding"):
        verify("--anchor", str(path))
    with pytest.raises(CommandError, match="is not a file of anchored seals"):
        verify("--anchor", str(tmp_path / "absent"))


def offline(folder, *options: str) -> subprocess.CompletedProcess:
    """The script of the copy, by a Python that sees no package of ours, nor anybody's."""
    return subprocess.run(
        [sys.executable, "-I", "-S", "verify_offline.py", "audit_event.jsonl", *options],
        cwd=folder,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path):
    seal_history()
    call_command("export_audit_trail", "--output", str(tmp_path / "copy.zip"), stdout=StringIO())
    with zipfile.ZipFile(tmp_path / "copy.zip") as archive:
        archive.extractall(tmp_path / "copy")
    return tmp_path / "copy"


def test_a_copy_verifies_without_database_and_packages(copy):
    done = offline(copy)
    assert (done.returncode, done.stderr) == (0, "")
    assert "rows as they were sealed" in done.stdout
    assert {path.name for path in copy.iterdir()} == {
        "audit_event.jsonl",
        "audit-seal.md",
        "verify_offline.py",
    }
    shutil.copy(copy / "audit_event.jsonl", copy / "another.jsonl")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda lines: [line.replace("Ninetieth", "Other") for line in lines], "was altered"),
        (lambda lines: [line for line in lines if "Ninetieth" not in line], "was removed"),
        (lambda lines: lines[:1] + lines[2:], "is missing"),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], "is missing"),
    ],
    ids=["altered", "removed", "seal removed", "seals reordered"],
)
def test_a_copy_that_was_changed_says_so(copy, change, sentence):
    path = copy / "audit_event.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(change(lines)), encoding="utf-8")
    done = offline(copy)
    assert done.returncode == 1
    assert sentence in done.stdout
    assert not json.loads(offline(copy, "--json").stdout)["sound"]


def test_a_copy_is_held_against_an_anchor(copy, tmp_path):
    path = tmp_path / "anchor.jsonl"
    append_anchors(path, anchors)
    assert offline(copy, "--anchor", str(path)).returncode == 0
    path.write_text(path.read_text().replace('"number": 2', '"number": 9'))
    done = offline(copy, "--anchor", str(path))
    assert (done.returncode, "an older state was put back" in done.stdout) == (1, True)


def test_what_is_no_audit_trail_is_said_to_be_none(copy):
    (copy / "audit_event.jsonl").write_text("no JSON")
    done = offline(copy)
    assert done.returncode == 1
    assert "cannot be read as an audit trail" in done.stderr
