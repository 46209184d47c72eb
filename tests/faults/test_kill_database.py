"""kill -9 of the whole database server in the middle of randomizing: one allocation or none, no hole, none lost."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psutil
import psycopg2
import pytest

from tests.ground import APPLICATION, OWNER, login_url
from trial_site.demo.postgres import Cluster, embedded_postgres, free_port
from trial_site.demo.provision import Login, provision
from trial_site.demo.unprivileged import new_home

PROJECT = Path(__file__).resolve().parents[2]
ASKED = "SELECT count(*) FROM randomization_randomizationrequest"
COMPLETE = (
    "SELECT count(*), max(b.place), count(z.id), count(k.id), bool_and(s.state = 'randomized')"
    " FROM sealed.sealed_binding b JOIN randomization_randomizationrequest r ON r.id = b.request_id"
    " JOIN enrollment_subject s ON s.id = r.subject_id"
    " LEFT JOIN randomization_randomization z ON z.subject_id = r.subject_id AND z.number = b.randomization_number"
    " LEFT JOIN randomization_kit k ON k.number = b.bag AND k.subject_id = r.subject_id"
)


@pytest.fixture
def cluster():
    home = new_home(Path(tempfile.gettempdir()) / f"trial-kill-{secrets.token_hex(8)}")
    server = Cluster(home, embedded_postgres(home), free_port(), secrets.token_urlsafe(24))
    server.start()
    yield server
    server.stop()
    shutil.rmtree(home)


@pytest.fixture
def environment(cluster):
    owner, application = (
        Login(OWNER, secrets.token_urlsafe(24)),
        Login(APPLICATION, secrets.token_urlsafe(24)),
    )
    provision(cluster.url, database="trial", owner=owner, app=application)
    return os.environ | {
        "DATABASE_OWNER_URL": login_url(cluster.url, owner, "trial"),
        "DATABASE_URL": login_url(cluster.url, application, "trial"),
        "DJANGO_SETTINGS_MODULE": "trial_site.settings",
    }


def test_kill_9_of_the_database_while_randomizing(cluster, environment):
    run = [sys.executable, "-m", "tests.faults.randomizing"]
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=PROJECT, env=environment, check=True)
    subprocess.run([*run, "prepare"], cwd=PROJECT, env=environment, check=True)
    for delay in (0.02, 0.05):
        with subprocess.Popen(
            [*run, "randomize"],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as client:
            assert client.stdout.readline().startswith(b"R0")
            time.sleep(delay)
            kill_server(cluster)
        cluster.start()
        [asked], (bound, last, randomized, kits, _) = look(environment, ASKED), look(environment)
        assert bound == last, "a hole in the list"
        assert randomized == kits, "a randomization without its kit"
        assert asked - randomized in (0, 1), "more than the interrupted one is unfinished"
        subprocess.run([*run, "finish"], cwd=PROJECT, env=environment, check=True)
        assert look(environment)[:4] == (asked,) * 4, (
            "an allocation that nobody knows of, or a request forgotten"
        )
    subprocess.run([*run, "randomize"], cwd=PROJECT, env=environment, check=True, stdout=subprocess.DEVNULL)
    assert look(environment) == (12, 12, 12, 12, True)


def kill_server(cluster: Cluster) -> None:
    [server] = [p for p in psutil.process_iter(["cmdline"]) if is_postmaster(p, cluster)]
    processes = [server, *server.children(recursive=True)]
    for process in processes:
        process.kill()
    psutil.wait_procs(processes, timeout=10)


def is_postmaster(process: psutil.Process, cluster: Cluster) -> bool:
    command = process.info["cmdline"] or []
    return bool(command) and command[0].endswith("postgres") and str(cluster.home / "data") in command


def look(environment, at: str = COMPLETE) -> tuple:
    with (
        closing(psycopg2.connect(environment["DATABASE_OWNER_URL"])) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(at)
        return cursor.fetchone()
