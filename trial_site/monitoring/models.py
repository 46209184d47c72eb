"""Queries, deviations and signatures. They name a record by form, id and field, never by a foreign key upward."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from trial_site.audit.tracking import audited, state_machine
from trial_site.core.models import StaffMember, StudySite
from trial_site.core.permissions import Task


@dataclass(frozen=True)
class RecordRef:
    """Names one record of one form of one participant, and optionally one of its fields."""

    form: str
    record_id: int
    subject: str
    site_id: int
    field: str = ""


class Reference(models.Model):
    """The columns of a RecordRef."""

    form = models.CharField(_("form"), max_length=8)
    record_id = models.BigIntegerField(_("record"))
    subject = models.CharField(_("participant"), max_length=20, db_index=True)
    site = models.ForeignKey(StudySite, models.PROTECT, verbose_name=_("study site"))
    field = models.CharField(_("field"), max_length=64, blank=True)

    class Meta:
        abstract = True

    @property
    def ref(self) -> RecordRef:
        return RecordRef(self.form, self.record_id, self.subject, self.site_id, self.field)


class QueryState(models.TextChoices):
    OPEN = "open", _("open")
    ANSWERED = "answered", _("answered")
    CLOSED = "closed", _("closed")
    CANCELLED = "cancelled", _("cancelled")


QUERY_TRANSITIONS = {
    "open": ("answered", "closed", "cancelled"),
    "answered": ("closed", "open"),
    "closed": ("open",),
    "cancelled": (),
}


@dataclass(frozen=True)
class Move:
    """A step in the life of a query: whose task it is, and the state it leads to."""

    verb: str
    label: str | Promise
    task: Task
    target: QueryState


MOVES = {
    move.verb: move
    for move in (
        Move("answer", _("Answer"), Task.ANSWER_QUERY, QueryState.ANSWERED),
        Move("close", _("Close the query"), Task.RAISE_QUERY, QueryState.CLOSED),
        Move("reopen", _("Ask again"), Task.RAISE_QUERY, QueryState.OPEN),
        Move("cancel", _("Cancel the query"), Task.RAISE_QUERY, QueryState.CANCELLED),
    )
}


@state_machine("state", QUERY_TRANSITIONS)
@audited()
class Query(Reference):
    """A question about a value: opened by a check or a person, answered by the site, closed by who reviews."""

    class Origin(models.TextChoices):
        CHECK = "check", _("edit check")
        PERSON = "person", _("person")

    number = models.CharField(_("number"), max_length=12, unique=True)
    origin = models.CharField(_("opened by"), max_length=8, choices=Origin.choices)
    state = models.CharField(_("state"), max_length=10, choices=QueryState.choices, default=QueryState.OPEN)
    opened_at = models.DateTimeField(_("opened at"))
    opened_by = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, related_name="+", verbose_name=_("person")
    )

    class Meta:
        indexes = [models.Index(fields=["state", "site"], name="query_by_state")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=QueryState.values), name="query_state_known")
        ]

    def __str__(self) -> str:
        return self.number

    def may_become(self, state: str) -> bool:
        return state in QUERY_TRANSITIONS[self.state]


@audited(privileges="SELECT, INSERT")
class QueryMessage(models.Model):
    """What was asked or answered; never edited."""

    query = models.ForeignKey(Query, models.PROTECT, related_name="messages", verbose_name=_("query"))
    text = models.TextField(_("text"), max_length=1000)
    written_by = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, related_name="+", verbose_name=_("written by")
    )
    written_at = models.DateTimeField(_("written at"))
    state = models.CharField(_("state"), max_length=10, choices=QueryState.choices)

    class Meta:
        ordering = ["id"]


class DeviationState(models.TextChoices):
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")


class DeviationKind(models.TextChoices):
    CONSENT = "consent", _("consent")
    ELIGIBILITY = "eligibility", _("eligibility")
    DOSING = "dosing", _("dosing")
    PRODUCT = "product", _("study product")
    WINDOW = "window", _("outside the visit window")
    MISSED = "missed", _("missed assessment")
    SAFETY = "safety", _("safety reporting")
    UNBLINDING = "unblinding", _("blinding")
    OTHER = "other", _("other")


class DeviationGrade(models.TextChoices):
    MINOR = "minor", _("minor")
    MAJOR = "major", _("major")


DEVIATION_TRANSITIONS = {"open": ("closed",), "closed": ()}


@state_machine("state", DEVIATION_TRANSITIONS)
@audited()
class Deviation(Reference):
    """What departed from the protocol (CDISC DV), and the record it is about; closed with a corrective action.

    `cause` says what the system noticed, unique, so that one cause raises one deviation; empty for people's.
    """

    number = models.CharField(_("number"), max_length=12, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=DeviationKind.choices)
    grade = models.CharField(_("grade"), max_length=6, choices=DeviationGrade.choices)
    state = models.CharField(
        _("state"), max_length=8, choices=DeviationState.choices, default=DeviationState.OPEN
    )
    cause = models.CharField(max_length=120, unique=True, null=True)
    text = models.TextField(_("what happened"), max_length=1000)
    occurred_on = models.DateField(_("happened on"))
    raised_at = models.DateTimeField(_("reported at"))
    raised_by = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, related_name="+", verbose_name=_("reported by")
    )
    corrective_action = models.TextField(_("corrective action"), max_length=1000, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True)
    closed_by = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, related_name="+", verbose_name=_("closed by")
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=DeviationKind.values), name="deviation_kind_known"),
            models.CheckConstraint(
                condition=Q(grade__in=DeviationGrade.values), name="deviation_grade_known"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None)
                | Q(state="closed", closed_at__isnull=False) & ~Q(corrective_action=""),
                name="deviation_closed_with_action",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CanonicalEncoder(DjangoJSONEncoder):
    """Writes a value the same way before it is saved and after: 36.50 is 36.5, and an instant is in UTC."""

    def default(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            return format(value.normalize(), "f")
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat()
        return super().default(value)


def content_sha256(content: Mapping[str, Any]) -> str:
    """SHA-256 of signed content as canonical JSON: sorted keys, no spaces, times and decimals as text."""
    text = json.dumps(
        content, cls=CanonicalEncoder, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return sha256(text.encode()).hexdigest()


@audited(privileges="SELECT, INSERT")
class Signature(Reference):
    """An electronic signature (21 CFR 11.50, 11.70): printed name, time, meaning, hash of what was signed."""

    class Meaning(models.TextChoices):
        ELIGIBLE = "eligible", _("I confirm that this participant is eligible")
        SCREEN_FAILURE = "screen_failure", _("I confirm the screen failure")
        ORDER = "order", _("I have re-checked the participant and order the infusion")

    meaning = models.CharField(_("meaning"), max_length=20, choices=Meaning.choices)
    signer = models.ForeignKey(StaffMember, models.PROTECT, related_name="+", verbose_name=_("signer"))
    signer_name = models.CharField(_("signed by"), max_length=120)
    signed_at = models.DateTimeField(_("signed at"))
    content_sha256 = models.CharField(_("SHA-256 of what was signed"), max_length=64)

    class Meta:
        indexes = [models.Index(fields=["form", "record_id"], name="signature_of_record")]

    def covers(self, content: Mapping[str, Any]) -> bool:
        """Is this what was signed? A signature does not outlive a change of its content (21 CFR 11.70)."""
        return self.content_sha256 == content_sha256(content)
