"""Randomizing through the action, beside pgbench calling the bare database function of the sealed room.

    python -m benchmarks.randomizing [--each 32] [--rounds 3]

1, 8 and 32 clients each; action and bare function take turns in one run on one server, so that a busy machine slows
them alike, and the figure of each is its median. The action does what a click does: looks at delegation, eligibility,
slot, pauses and supply, and commits request, binding and record, each with its history. The bare function binds
places of requests that are there already. At the end every place must be taken once, in order, without a hole.
Needs pgbench in the PATH; the server is a throwaway one, or that of DATABASE_OWNER_URL.
"""

import argparse
import os
import secrets
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from queue import SimpleQueue
from statistics import median
from time import perf_counter
from urllib.parse import urlsplit

import tests.prepared  # noqa: F401  starts the server and names both roles

CLIENTS, AIM = (1, 8, 32), 0.15
# The next request in list order, chosen under the room's own lock: no call is in vain.
BARE = """
BEGIN;
SELECT pg_advisory_xact_lock(741099, 2);
SELECT r.id FROM randomization_randomizationrequest r
 WHERE r.place = (SELECT count(*) + 1 FROM sealed.sealed_binding) \\gset
SELECT sealed_allocate(:id);
COMMIT;
"""
COPIED = ("enrollment_consent", "enrollment_screening", "enrollment_eligibilityassessment")
COPY = """
INSERT INTO public.{table}
SELECT (jsonb_populate_record(NULL::public.{table}, to_jsonb(t) || jsonb_build_object(
           'id', nextval(pg_get_serial_sequence('public.{table}', 'id')), 'subject_id', s.id))).*
  FROM public.{table} t CROSS JOIN public.enrollment_subject s WHERE t.subject_id = %s AND s.number LIKE 'B-%%'
"""
MORE_PEOPLE = """
INSERT INTO public.enrollment_subject
SELECT (jsonb_populate_record(NULL::public.enrollment_subject, to_jsonb(t) || jsonb_build_object(
           'id', nextval(pg_get_serial_sequence('public.enrollment_subject', 'id')), 'number', 'B-' || n))).*
  FROM public.enrollment_subject t CROSS JOIN generate_series(1, %s) n WHERE t.id = %s
"""
REQUESTS = """
INSERT INTO public.randomization_randomizationrequest
       (subject_id, requested_by_id, randomized_at, strata, place, tx, at)
SELECT id, (SELECT min(id) FROM public.core_staffmember), %s, '{}', 0, 0, now() FROM public.enrollment_subject s
 WHERE number LIKE 'B-%%' AND NOT EXISTS
       (SELECT FROM public.randomization_randomizationrequest r WHERE r.subject_id = s.id) ORDER BY id LIMIT %s
"""


def make_study(*, participants: int) -> datetime:
    """A study with a list, kits and so many participants ready to be randomized at the instant returned."""
    from django.core.management import call_command

    from randomization.rules.allocation_list import allocation_list, canonical
    from randomization.sealed.custody import Delivery, load_list, receive_kits
    from tests.cast import ARMS, FOUNDED, PASSWORD
    from tests.story import participant_at
    from trial_site.core.models import StaffMember, StudySite
    from trial_site.core.permissions import Role
    from trial_site.simulation.staffing import found_study

    call_command("migrate", verbosity=0)
    found_study(at=FOUNDED, password=lambda: PASSWORD)
    sizes = {"sizes": (4, 6), "planned": 20, "segments": participants // 20 + 1}
    places = allocation_list(secrets.token_bytes(32), arms=ARMS, **sizes)
    load_list(canonical(secrets.token_bytes(32), places), arms=ARMS, at=FOUNDED)
    pharmacists = StaffMember.objects.filter(role=Role.PHARMACIST).order_by("pk").values_list("pk", flat=True)
    # On one day every kit counts for both arms, and three of each stay behind.
    delivered = {"expires_on": FOUNDED.date() + timedelta(days=1200), "kits": participants + 3}
    delivered |= {"received_at": FOUNDED, "released_at": FOUNDED + timedelta(hours=20)}
    delivered |= {
        "site_id": StudySite.objects.get(code="01").pk,
        "pharmacists": (pharmacists[0], pharmacists[1]),
    }
    receive_kits([Delivery(arm=arm, lot=f"LOT-{arm}", **delivered) for arm in ARMS])
    subject, at = participant_at("ready")
    owner(MORE_PEOPLE, participants, subject.pk)
    for table in COPIED:
        owner(COPY.format(table=table), subject.pk)
    return at


def owner(statement: str, *parameters: object) -> None:
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute(statement, parameters)


def by_action(clients: int, count: int, at: datetime) -> float:
    """Randomizations per second of `clients` people at once."""
    from django.db import connection

    from enrollment.models import Subject
    from randomization.actions import randomize
    from trial_site.core.actors import Actor
    from trial_site.core.models import StaffMember

    actor = Actor.of(StaffMember.objects.get(email="coordinator@demo.example"), at=at)
    waiting: SimpleQueue[Subject] = SimpleQueue()
    free = Subject.objects.filter(number__startswith="B-", randomizationrequest=None).order_by("pk")
    for subject in free.select_related("site")[:count]:
        waiting.put(subject)

    def client() -> None:
        try:
            while not waiting.empty():
                randomize(waiting.get(), by=actor, at=at)
        finally:
            connection.close()

    began = perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        for done in [pool.submit(client) for _ in range(clients)]:
            done.result()
    return count / (perf_counter() - began)


def by_pgbench(clients: int, count: int, at: datetime) -> float:
    """Bindings per second of `clients` connections that call the function and nothing else."""
    from django.conf import settings

    owner(REQUESTS, at, count)
    database = settings.DATABASES["owner"]
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(BARE)
        script.flush()
        url = urlsplit(os.environ["DATABASE_OWNER_URL"])._replace(path=f"/{database['NAME']}")
        command = ["pgbench", "-n", "-f", script.name, "-c", str(clients), "-t", str(count // clients)]
        began = perf_counter()
        subprocess.run([*command, url.geturl()], check=True, capture_output=True)
        return count / (perf_counter() - began)


def ratios(each: int, rounds: int) -> dict[int, tuple[float, float]]:
    """Clients -> median per second of action and bare function."""
    at = make_study(participants=2 * len(CLIENTS) * each * rounds)
    measured: dict[int, tuple[list[float], list[float]]] = {clients: ([], []) for clients in CLIENTS}
    for _ in range(rounds):
        for clients in CLIENTS:
            measured[clients][0].append(by_action(clients, each, at))
            measured[clients][1].append(by_pgbench(clients, each, at))
    return {clients: (median(action), median(bare)) for clients, (action, bare) in measured.items()}


def require_order(places: int) -> None:
    """No duplicate, no hole; and what was interrupted, here every bare binding, is completed."""
    from randomization.actions import finish_interrupted_randomizations
    from randomization.models import Randomization
    from randomization.sealed.proof import findings

    finish_interrupted_randomizations()
    numbers = sorted(Randomization.objects.values_list("number", flat=True))
    assert numbers == [f"R{place:03d}" for place in range(1, places + 1)], "a duplicate or a hole"
    assert findings() == [], findings()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=32, help="randomizations per measurement")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "trial_site.settings"
    import django

    django.setup()
    measured = ratios(asked.each, asked.rounds)
    for clients, (action, bare) in measured.items():
        print(f"{clients:3} clients  action {action:7.1f}/s  bare {bare:7.1f}/s  ratio {action / bare:.2f}")
    require_order(2 * len(CLIENTS) * asked.each * asked.rounds)
    print("no duplicate, no hole")
    action, bare = measured[CLIENTS[-1]]
    print(f"aim {AIM} at {CLIENTS[-1]} clients: {'met' if action / bare >= AIM else 'not met'}")


if __name__ == "__main__":
    main()
