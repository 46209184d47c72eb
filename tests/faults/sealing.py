"""A process of its own that writes history and seals it, until it is killed."""

import itertools
import sys

import django


def write_and_seal() -> None:
    from django.db import connection

    from trial_site.audit.sealing import seal

    for turn in itertools.count():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('trial.context', '{\"actor\": \"a\"}', false)")
            for each in range(200):
                cursor.execute("UPDATE core_studysite SET name = %s", [f"{turn} {each}"])
        print(turn, flush=True)  # noqa: T201
        seal()


if __name__ == "__main__":
    django.setup()
    sys.exit(write_and_seal())
