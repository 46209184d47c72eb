"""A history with every kind of row, sealed in two steps, that the owner may tamper with and roll back."""

from contextlib import contextmanager
from time import sleep

from django.db import connections, transaction

from trial_site.audit.verification import records
from trial_site.audit.verify_offline import Finding, Verification

CHAINS = {"audit": "core_studysite", "sealed": "sealed_place"}
TABLES = [f"{chain}_{part}" for chain in CHAINS for part in ("event", "seal", "leaf")]
# What makes and changes rows in each history: a creation and a change; a change and a removal.
COPY = "INSERT INTO {0} SELECT (jsonb_populate_record(t, '{1}')).* FROM {0} t ORDER BY id LIMIT 1"
FIRST = (
    COPY.format("core_studysite", '{"id": 990, "code": "90", "name": "Ninetieth “site”"}'),
    "UPDATE core_studysite SET name = E'tab\\t quote\" 名称 \\\\' WHERE id = 990",
    COPY.format("sealed_place", '{"id": 990, "place": 990, "randomization_number": "R990"}'),
    "UPDATE sealed_place SET randomization_number = 'R991' WHERE id = 990",
)
SECOND = (
    "UPDATE core_studysite SET name = 'closed' WHERE id = 990",
    "DELETE FROM core_studysite WHERE id = 990",
    "UPDATE sealed_place SET randomization_number = 'R992' WHERE id = 990",
    "DELETE FROM sealed_place WHERE id = 990",
)


def execute(*statements: str, parameters=None):
    """As the owner; returns the rows of the last statement."""
    with connections["owner"].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def others_have_finished() -> None:
    """Wait until no transaction of the server is older than what is written here: tests run side by side on it, and
    a seal takes nothing that is not below the oldest one."""
    known = "SELECT max(tx) AS tx FROM {} WHERE tx < pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
    written = f"{known.format('audit_event')} UNION {known.format('sealed_event')}"
    latest = execute(f"SELECT coalesce(max(tx), 0) FROM ({written}) w")[0][0]
    for _ in range(1200):
        if execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")[0][0] > latest:
            return
        sleep(0.05)
    raise TimeoutError("another test holds a transaction open")


def extend_chains() -> None:
    others_have_finished()
    execute(
        "SELECT audit_extend_chain('public.audit', false)", "SELECT audit_extend_chain('sealed.sealed', true)"
    )


def seal_history() -> None:
    """Two seals in each chain, over rows of every operation."""
    for statements in (FIRST, SECOND):
        for statement in statements:
            execute(statement)
        extend_chains()


@contextmanager
def tampering():
    """The owner has switched the triggers off; everything done inside is undone."""
    with transaction.atomic(using="owner"):
        for table in TABLES:
            execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        yield
        transaction.set_rollback(True, using="owner")


def verified(chain: str, anchors=()) -> tuple[Verification, list[Finding]]:
    """Verification of a chain as the owner sees it now, and what it found."""
    with transaction.atomic(using="owner"):
        verification = Verification(records("owner", f"{chain}_event"), anchors)
        return verification, list(verification.findings())


def found(chain: str, anchors=()) -> set[tuple[str, int | None]]:
    """(kind, row) of every finding; for a seal or an anchor, the seal's number."""
    findings = verified(chain, anchors)[1]
    return {(one.kind, one.seal if one.row is None else one.row) for one in findings}
