"""kill -9 of the database server in the middle of sealing: no row lost, none sealed twice, the chain goes on."""

import subprocess
import sys
import time

from tests.faults.test_kill_database import PROJECT, cluster, environment, kill_server

__all__ = ["cluster", "environment"]
FOUND = (
    "from trial_site.core.actions import add_site as a; from trial_site.core.actors import Actor as A;"
    + ("a('01', name='n', zone='UTC', by=A.system('t'))")
)


def test_kill_9_of_the_database_while_sealing(cluster, environment):
    manage = [sys.executable, "manage.py"]
    run = {"cwd": PROJECT, "env": environment}
    subprocess.run([*manage, "migrate", "-v0"], check=True, **run)
    subprocess.run([*manage, "shell", "--no-imports", "-c", FOUND], check=True, **run)
    for delay in (0.002, 0.01, 0.03):
        with subprocess.Popen(
            [sys.executable, "-m", "tests.faults.sealing"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            **run,
        ) as sealing:
            for _ in range(2):
                assert sealing.stdout.readline().strip().isdigit()
            time.sleep(delay)
            kill_server(cluster)
        cluster.start()
        verified = subprocess.run(
            [*manage, "verify_audit_trail"], check=False, capture_output=True, text=True, **run
        )
        assert verified.returncode == 0, verified.stdout + verified.stderr
    subprocess.run(
        [*manage, "shell", "--no-imports", "-c", "from trial_site.audit.sealing import seal; seal()"],
        check=True,
        **run,
    )
    verified = subprocess.run(
        [*manage, "verify_audit_trail"], check=True, capture_output=True, text=True, **run
    )
    assert "0 of them not sealed yet" in verified.stdout.splitlines()[0]
