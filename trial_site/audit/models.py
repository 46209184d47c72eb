"""The history. Rows are written by database triggers only; see functions.sql and ADR 5."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class HistoryEvent(models.Model):
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

    tx = models.BigIntegerField()
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


class Event(HistoryEvent):
    """The history of every table that is not sealed. The application role may only read it."""

    class Meta:
        db_table = "audit_event"
        indexes = [models.Index(fields=["table", "record_id"], name="audit_event_record")]
        default_permissions = ()
