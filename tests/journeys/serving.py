"""A web server in a process of its own, so that a test can kill it: python -m tests.journeys.serving PORT"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from trial_site.demo.postgres import free_port

PROJECT = Path(__file__).resolve().parents[2]


class Server:
    """Serves the database that the test uses."""

    def __init__(self, database: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}")
        self.environment = os.environ | {
            "DATABASE_URL": urlunsplit(url),
            "DJANGO_SETTINGS_MODULE": "trial_site.settings",
        }
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.journeys.serving", str(self.port)]
        self.process = subprocess.Popen(command, cwd=PROJECT, env=self.environment)
        while self.process.poll() is None:
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def serve(port: int) -> None:
    import django
    from django.conf import settings

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    django.setup()
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.servers.basehttp import run
    from django.core.wsgi import get_wsgi_application

    run("127.0.0.1", port, StaticFilesHandler(get_wsgi_application()), threading=True)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
