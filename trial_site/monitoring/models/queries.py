"""Questions about values, between whoever reviews and the study site."""

from dataclasses import dataclass

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from trial_site.audit.tracking import audited, state_machine
from trial_site.core.models import StaffMember
from trial_site.core.permissions import Task
from trial_site.monitoring.models.references import Reference


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
