"""The history and its seals. Rows are written by database functions only; see functions.sql, ADR 5 and ADR 8."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AppendOnly(models.Model):
    """Nobody changes, removes or empties rows of these tables, not even the owner by mistake."""

    class Meta:
        abstract = True


class HistoryEvent(AppendOnly):
    """One row changed once: who, role, site, when (UTC), why, and the old and new values of what changed.

    `old` and `new` map column names to values as PostgreSQL's to_jsonb renders them: a whole row on insert
    and delete, only the changed columns on update. `tx` is pg_current_xact_id(); serial order of `id` is not
    commit order.
    """

    class Operation(models.TextChoices):
        INSERT = "I", _("created")
        UPDATE = "U", _("changed")
        DELETE = "D", _("removed")
        TRUNCATE = "T", _("emptied")

    tx = models.BigIntegerField(db_index=True)
    at = models.DateTimeField()
    table = models.TextField()
    record_id = models.BigIntegerField(null=True)
    subject_id = models.BigIntegerField(null=True, db_index=True)
    operation = models.CharField(max_length=1, choices=Operation.choices)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    actor_id = models.BigIntegerField(null=True)
    actor = models.TextField(
        help_text="Name at that time, or system:<task>, or empty for raw SQL by the owner."
    )
    role = models.TextField()
    site = models.TextField()
    action = models.TextField()
    reason = models.TextField()
    request = models.TextField()
    login = models.TextField(help_text="The database login (session_user) of the write.")

    class Meta:
        abstract = True


class HistorySeal(AppendOnly):
    """One link of a chain over a history (docs/audit-seal.md); numbered from 1 without a gap.

    Seals the rows `ids` (as PostgreSQL writes a multirange), whose transactions were all below `tx` and over.
    `root` is the Merkle root of their leaves, `previous` the hash of the seal before, `hash` covers all of it.
    """

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    tx = models.BigIntegerField()
    ids = models.TextField()
    root = models.BinaryField()
    previous = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        abstract = True


class HistoryLeaf(AppendOnly):
    """The hash of one history row, so that a row that was altered can be named; `salt` is empty where the rows
    are no secret."""

    event_id = models.BigIntegerField(primary_key=True)
    seal = models.BigIntegerField()
    salt = models.BinaryField()
    leaf = models.BinaryField()

    class Meta:
        abstract = True


class Event(HistoryEvent):
    """The history of every table that is not sealed. The application role may only read it."""

    class Meta:
        db_table = "audit_event"
        indexes = [models.Index(fields=["table", "record_id"], name="audit_event_record")]
        default_permissions = ()


class Seal(HistorySeal):
    """The chain over `Event`."""

    class Meta:
        db_table = "audit_seal"
        default_permissions = ()


class Leaf(HistoryLeaf):
    """The leaves under `Seal`."""

    class Meta:
        db_table = "audit_leaf"
        default_permissions = ()
