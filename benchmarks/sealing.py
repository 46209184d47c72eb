"""Saving with sealing running beside it, over saving without.

    python -m benchmarks.sealing [--saves 400] [--rounds 3] [--clients 8]

Several people log persons seen through the action; in every other round one more connection seals without pause,
where the study seals once a minute. Rounds with and without take turns in one run on one server, so that a busy
machine slows them alike, and the figure of each is its median. At the end the whole chain is verified.
The server is a throwaway one, or that of DATABASE_OWNER_URL.
"""

import argparse
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from statistics import median
from threading import Event, Thread
from time import perf_counter

import tests.prepared  # noqa: F401  starts the server and names both roles

AIM = 0.8


def saves_per_second(clients: int, count: int) -> float:
    from django.db import connection

    from enrollment.actions import log_person_seen
    from trial_site.core.actors import Actor
    from trial_site.core.models import StaffMember, StudySite

    at, site = datetime.now(UTC), StudySite.objects.get(code="01")
    actor = Actor.of(StaffMember.objects.get(email="coordinator@demo.example"), at=at)

    def client(turns: int) -> None:
        try:
            for _turn in range(turns):
                log_person_seen(site, on=site.date_of(at), by=actor, at=at)
        finally:
            connection.close()

    began = perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        for done in [pool.submit(client, count // clients) for _ in range(clients)]:
            done.result()
    return count / (perf_counter() - began)


@contextmanager
def sealing_without_pause():
    from django.db import connection

    from trial_site.audit.sealing import seal

    over = Event()

    def work() -> None:
        try:
            while not over.is_set():
                seal()
        finally:
            connection.close()

    sealer = Thread(target=work)
    sealer.start()
    try:
        yield
    finally:
        over.set()
        sealer.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--saves", type=int, default=400, help="saves per measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=8)
    asked = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "trial_site.settings"
    import django

    django.setup()
    from django.core.management import call_command

    from tests.cast import FOUNDED, PASSWORD
    from trial_site.audit.sealing import seal
    from trial_site.simulation.staffing import found_study

    call_command("migrate", verbosity=0)
    found_study(at=FOUNDED, password=lambda: PASSWORD)
    without, beside = [], []
    for _round in range(asked.rounds):
        without.append(saves_per_second(asked.clients, asked.saves))
        with sealing_without_pause():
            beside.append(saves_per_second(asked.clients, asked.saves))
    seal()
    call_command("verify_audit_trail")
    ratio = median(beside) / median(without)
    print(f"{asked.clients} clients  without {median(without):.1f}/s  beside sealing {median(beside):.1f}/s")
    print(f"ratio {ratio:.2f}, aim {AIM}: {'met' if ratio >= AIM else 'not met'}")


if __name__ == "__main__":
    main()
