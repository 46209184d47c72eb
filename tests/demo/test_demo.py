"""The pieces around the servers: commands, children, translations, the port of the web server."""

import gettext
import socket
import time

import pytest

from trial_site.demo.__main__ import free_web_port, table
from trial_site.demo.catalogues import compile_catalogues
from trial_site.demo.command import demo_installation
from trial_site.demo.errors import DemoFailed
from trial_site.demo.supervisor import PROJECT, Child


def test_without_a_database_a_command_says_what_to_do(tmp_path):
    with (
        pytest.raises(SystemExit, match="run make demo or set DATABASE_URL"),
        demo_installation("doctor", tmp_path),
    ):
        pytest.fail("there is nothing to work on")


@pytest.mark.parametrize("wanted", ["eighty", "0", "65536", "-1", ""])
def test_a_port_that_is_none(wanted):
    with pytest.raises(DemoFailed, match="must be a number"):
        free_web_port(wanted)


def test_a_port_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        with pytest.raises(DemoFailed, match=f"Port {port} cannot be used"):
            free_web_port(port)


def test_a_child_that_ended_by_itself_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("trial_site.demo.supervisor.PROJECT", tmp_path)
    child = Child("worker", ["this_module_does_not_exist"], {}, tmp_path / "worker.log")
    child._process.wait(10)
    with pytest.raises(DemoFailed, match=r"The worker ended by itself \(exit code 1\).*No module named"):
        child.check()


def test_a_child_is_stopped_with_its_own_children(tmp_path):
    environment = {"PYTHONPATH": str(PROJECT)}
    child = Child(
        "web server", ["http.server", "0", "--bind", "127.0.0.1"], environment, tmp_path / "web.log"
    )
    child.check()
    began = time.monotonic()
    child.stop()
    assert child._process.returncode is not None
    assert time.monotonic() - began < 10


def test_translations_are_compiled(tmp_path):
    folder = tmp_path / "zh_Hans/LC_MESSAGES"
    folder.mkdir(parents=True)
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    (folder / "django.po").write_text(header + 'msgid "visit window"\nmsgstr "访视窗"\n', encoding="utf-8")
    compile_catalogues(tmp_path)
    assert gettext.translation("django", tmp_path, ["zh_Hans"]).gettext("visit window") == "访视窗"


def test_accounts_stand_in_columns():
    rows = [{"role": "nurse", "password": "p", "email": "nurse@demo.example"}]
    assert table(["role", "email"], rows) == "  role    email\n  nurse   nurse@demo.example"
