"""The servers of the demo and the two roles, on the real thing."""

import os
import secrets
import signal
import smtplib
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psutil
import psycopg2
import pytest
from psycopg2 import sql

from trial_site.demo.environment import OWNER_COMMANDS
from trial_site.demo.errors import DemoFailed
from trial_site.demo.provision import Login, drop_database, ensure_role, provision
from trial_site.demo.servers import Servers

PROJECT = Path(__file__).resolve().parents[2]
LAST_PASSWORD = "of 'every\" %kind"


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """Servers of a demo in a private folder, running; gone afterwards with everything they kept."""
    servers = Servers(tmp_path_factory.mktemp("demo") / "var")
    with servers.in_use():
        yield servers
    servers.remove()


@pytest.fixture
def names():
    """Names for roles and a database of this test only, in whatever cluster the tests run on."""
    token = secrets.token_hex(4)
    admin = os.environ["TEST_ADMIN_URL"]
    yield f"demo_owner_{token}", f"demo_app_{token}", f"trial_test_demo_{token}"
    drop_database(admin, f"trial_test_demo_{token}")
    for role in ("owner", "app", "other"):
        execute(admin, "DROP ROLE IF EXISTS {}", f"demo_{role}_{token}")


def execute(url: str, statement: str, *names: str, **login: str) -> list[tuple]:
    with closing(psycopg2.connect(url, **login)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
            return cursor.fetchall() if cursor.description else []


def processes_with(*marks: str) -> list[psutil.Process]:
    """Those with one of the marks in their command line."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(mark in " ".join(process.info["cmdline"] or []) for mark in marks)
    ]


class TestProvision:
    admin = property(lambda self: os.environ["TEST_ADMIN_URL"])

    def as_application(self, names, statement: str, password: str = LAST_PASSWORD) -> list[tuple]:
        return execute(self.admin, statement, dbname=names[2], user=names[1], password=password)

    @pytest.fixture(autouse=True)
    def _provisioned_twice(self, names):
        owner, application, database = names
        for password in ("first", LAST_PASSWORD):
            provision(
                self.admin, database=database, owner=Login(owner, "o"), app=Login(application, password)
            )

    def test_the_last_password_holds_and_no_other(self, names):
        assert self.as_application(names, "SELECT current_user") == [(names[1],)]
        with pytest.raises(psycopg2.OperationalError, match="authentication failed"):
            self.as_application(names, "SELECT", password="first")

    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE TEMPORARY TABLE t ()",
            "CREATE TABLE t ()",
            "CREATE SCHEMA s",
            "CREATE ROLE r",
            "CREATE DATABASE d",
        ],
    )
    def test_the_application_role_creates_nothing(self, names, statement):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            self.as_application(names, statement)

    @pytest.mark.parametrize("elsewhere", ["postgres", "template1"])
    def test_the_application_role_looks_from_no_other_database(self, names, elsewhere):
        with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
            execute(self.admin, "SELECT", dbname=elsewhere, user=names[1], password=LAST_PASSWORD)

    def test_the_database_counts_in_utc(self, names):
        assert self.as_application(names, "SHOW timezone") == [("UTC",)]

    def test_no_other_role_gets_in(self, names):
        other = names[1].replace("app", "other")
        ensure_role(self.admin, Login(other, "p"))
        with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
            execute(self.admin, "SELECT", dbname=names[2], user=other, password="p")

    def test_powers_a_role_had_are_taken_away(self, names):
        execute(self.admin, "ALTER ROLE {} CREATEROLE CREATEDB", names[1])
        ensure_role(self.admin, Login(names[1], "p"))
        roles = execute(self.admin, "SELECT rolname, rolcreaterole OR rolcreatedb FROM pg_roles")
        assert (names[1], False) in roles

    def test_a_membership_is_refused(self, names):
        execute(self.admin, "GRANT {} TO {}", names[0], names[1])
        with pytest.raises(DemoFailed, match="more power than it may have"):
            ensure_role(self.admin, Login(names[1], "p"))


class TestServers:
    def test_nobody_is_trusted(self, servers):
        methods = execute(servers.file.admin_url(), "SELECT DISTINCT auth_method FROM pg_hba_file_rules")
        assert methods == [("scram-sha-256",)]
        with pytest.raises(psycopg2.OperationalError, match="authentication failed"):
            execute(servers.file.admin_url(), "SELECT", password="wrong")

    def test_only_the_owner_of_the_demo_reads_its_secrets(self, servers):
        assert servers.file.path.stat().st_mode & 0o777 == 0o600

    def test_a_second_user_does_not_stop_them(self, servers):
        with Servers(servers.var).in_use():
            pass
        assert servers.stopped() == []

    def test_a_killed_postgresql_is_started_again_with_its_data(self, servers):
        execute(servers.file.admin_url(), "CREATE TABLE kept ()")
        pid_file = Path(servers.file["HOME"]) / "data/postmaster.pid"
        postmaster = psutil.Process(int(pid_file.read_text().split()[0]))
        postmaster.kill()
        psutil.wait_procs([postmaster], timeout=10)
        assert servers.stopped() == ["PostgreSQL"]
        servers.ensure_running()
        assert execute(servers.file.admin_url(), "SELECT FROM kept") == []

    def test_a_process_id_given_to_somebody_else_does_not_prevent_the_start(self, servers):
        servers.stop()
        (Path(servers.file["HOME"]) / "data/postmaster.pid").write_text(f"{os.getpid()}\n")
        servers.ensure_running()
        assert servers.stopped() == []

    def test_a_message_is_kept(self, servers):
        with smtplib.SMTP("127.0.0.1", servers.file.port("Mailbox")) as smtp:
            smtp.sendmail("a@example.org", ["b@example.org"], "Subject: visits\n\ntomorrow")
        (message,) = (servers.var / "mail").glob("*.eml")
        assert "Subject: visits" in message.read_text()

    def test_only_listed_commands_get_the_owner(self, servers, monkeypatch):
        monkeypatch.setenv("DATABASE_OWNER_URL", "postgres://from/outside")
        for command in ("doctor", "simulate_trial", "shell", "runserver"):
            environment = servers.file.for_command(command)
            assert "DATABASE_OWNER_URL" not in environment
            assert not any(servers.file["ADMIN_PASSWORD"] in value for value in environment.values())
        for command in OWNER_COMMANDS:
            assert "trial_owner" in servers.file.for_command(command)["DATABASE_OWNER_URL"]

    def test_the_last_user_leaves_nothing_running(self, tmp_path):
        servers = Servers(tmp_path / "var")
        try:
            with servers.in_use():
                home, broker = servers.file["HOME"], f"127.0.0.1:{servers.file.port('Valkey')}"
                assert len(processes_with(home, str(servers.var), broker)) >= 3
            assert processes_with(home, str(servers.var), broker) == []
        finally:
            servers.remove()
        assert not Path(home).exists()
        assert {path.suffix for path in servers.var.iterdir()} == {".lock"}


def test_a_throwaway_cluster_is_gone_even_when_its_user_was_killed():
    program = (
        "import os; from trial_site.demo.throwaway import throwaway_cluster\n"
        "with throwaway_cluster() as url: print(url, flush=True); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    port = killed.stdout.strip().rpartition(":")[2].split("/")[0]
    assert psutil.wait_procs(processes_with(f"port={port}"), timeout=20)[1] == []
