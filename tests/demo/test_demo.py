"""The pieces around the servers: commands, children, translations, the port of the web server."""

import gettext
import socket

import psutil
import pytest

from trial_site.demo.__main__ import free_web_port, table
from trial_site.demo.catalogues import compile_catalogues
from trial_site.demo.command import demo_installation
from trial_site.demo.errors import DemoFailed
from trial_site.demo.processes import comes_true
from trial_site.demo.supervisor import Child


def processes_with(mark: str) -> list[psutil.Process]:
    return [each for each in psutil.process_iter(["cmdline"]) if mark in (each.info["cmdline"] or [])]


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
    spawn = f"subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)', {str(tmp_path)!r}])"
    (tmp_path / "parent.py").write_text(f"import subprocess, sys, time\n{spawn}\ntime.sleep(60)\n")
    child = Child("worker", ["parent"], {"PYTHONPATH": str(tmp_path)}, tmp_path / "worker.log")
    assert comes_true(lambda: processes_with(str(tmp_path)) != [], seconds=10)
    child.stop()
    assert comes_true(lambda: processes_with(str(tmp_path)) == [], seconds=10)


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
