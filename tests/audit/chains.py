"""A history with every kind of row, sealed in two steps, that the owner may tamper with and roll back."""

from contextlib import contextmanager

from django.db import connections, transaction

from trial_site.audit.verification import records
from trial_site.audit.verify_offline import Finding, Verification

CHAINS = {"audit": "core_studysite", "sealed": "sealed_kitcontent"}
TABLES = [f"{chain}_{part}" for chain in CHAINS for part in ("event", "seal", "leaf")]
# What makes and changes rows in each history: two creations, changes, a removal.
FIRST = (
    "INSERT INTO core_studysite (code, name, zone, recruiting) VALUES ('90', 'Ninetieth “site”', 'UTC', true)",
    "UPDATE core_studysite SET name = E'tab\\t quote\" 名称 \\\\' WHERE code = '90'",
    "INSERT INTO sealed_kitcontent (number, arm, lot, expires_on, released, withdrawn)"
    " VALUES ('K-TRIAL', 'CANARYCELLS', 'L', '2030-01-01', false, false)",
    "UPDATE sealed_kitcontent SET released = true WHERE number = 'K-TRIAL'",
)
SECOND = (
    "UPDATE core_studysite SET recruiting = false WHERE code = '90'",
    "DELETE FROM core_studysite WHERE code = '90'",
    "UPDATE sealed_kitcontent SET withdrawn = true WHERE number = 'K-TRIAL'",
    "DELETE FROM sealed_kitcontent WHERE number = 'K-TRIAL'",
)


def execute(*statements: str, parameters=None):
    """As the owner; returns the rows of the last statement."""
    with connections["owner"].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def extend_chains() -> None:
    execute("SELECT audit_extend_chain('audit', false)", "SELECT audit_extend_chain('sealed', true)")


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
