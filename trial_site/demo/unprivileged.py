"""PostgreSQL refuses to run as root. Where we are root the servers belong to a system user of their own;
elsewhere they belong to whoever calls."""

import os
import pwd
import shutil
import subprocess
import tempfile
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from trial_site.demo.errors import DemoFailed

SYSTEM_USER = "trial-demo"
OUTSIDE = Path("/var/tmp")  # noqa: S108 - only mkdtemp creates here


def run(command: list[Any], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a server's tool as the unprivileged user, away from our terminal and out of private folders."""
    return subprocess.run(
        [str(part) for part in command],
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        start_new_session=True,
        capture_output=True,
        text=True,
        check=False,
        **options,
        **_identity(),
    )


def new_home(place: Path) -> Path:
    """An empty folder of the unprivileged user: `place` itself, or a fresh one outside if `place` lies
    under a folder that others may not enter. Nothing is opened to others to make it fit."""
    if not _reachable(place.parent):
        place = Path(tempfile.mkdtemp(prefix="trial-site-", dir=OUTSIDE))
    place.mkdir(mode=0o700, exist_ok=True)
    give_away(place)
    return place


def give_away(path: Path) -> None:
    """Hand one file or folder over to the unprivileged user."""
    if owner := _owner():
        os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)


@cache
def program(package: str, pattern: str, home: Path) -> Path:
    """A program that a Python package carries; a copy of it under `home` where the package lies in a
    private folder."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise DemoFailed(f"The package {package} is not installed; run make demo.")
    installed = Path(spec.submodule_search_locations[0])
    path = next(installed.glob(pattern))
    return path if _reachable(path) else _copy_of(installed, home) / path.relative_to(installed)


def _copy_of(package: Path, home: Path) -> Path:
    copies = home / f"{package.name}-{version(package.name)}"
    if not copies.exists():
        unfinished = home / f"{copies.name}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        # A wheel's shared libraries lie beside its package and are found by that relative place.
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, unfinished / folder.name, symlinks=True)
        for path in [unfinished, *unfinished.rglob("*")]:
            give_away(path)
        unfinished.rename(copies)
    return copies / package.name


def _reachable(path: Path) -> bool:
    return run(["test", "-x", path]).returncode == 0


def _identity() -> dict[str, Any]:
    owner = _owner()
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}


def _owner() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return _create_owner()


def _create_owner() -> pwd.struct_passwd:
    subprocess.run(
        [
            "useradd",
            "--system",
            "--user-group",
            "--no-create-home",
            "--shell",
            "/usr/sbin/nologin",
            SYSTEM_USER,
        ],
        capture_output=True,
        check=False,
    )
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        raise DemoFailed(
            f"PostgreSQL does not run as root and the system user {SYSTEM_USER} could not be made;"
            " run as an ordinary user."
        ) from None
