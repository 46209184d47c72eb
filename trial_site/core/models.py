"""Sites, staff, delegations, the ledger of notices, and what every case report form has in common."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from trial_site.audit.models import Event, Leaf, Seal
from trial_site.audit.tracking import audited, untracked
from trial_site.core.permissions import MAY_HOLD, READING_TASKS, STUDY_TASKS, Role, Task

untracked(privileges="SELECT", because="It is the history itself.")(Event)
for _proof in (Seal, Leaf):
    untracked(privileges="SELECT", because="It seals the history.")(_proof)


def validate_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("%(name)s is not a time zone."), params={"name": name})


@audited()
class StudySite(models.Model):
    """Where participants are seen. Its zone decides every calendar date of its participants."""

    code = models.CharField(_("code"), max_length=4, unique=True)
    name = models.CharField(pgettext_lazy("of a study site", "name"), max_length=120)
    zone = models.CharField(_("time zone"), max_length=64, validators=[validate_zone])
    recruiting = models.BooleanField(_("recruiting"), default=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def date_of(self, at: datetime):
        """The calendar date at this site at the instant `at`."""
        return at.astimezone(self.tz).date()


class StaffManager(BaseUserManager["StaffMember"]):
    """Finds people by their e-mail address."""


@audited(ignored=["password"])
class StaffMember(AbstractBaseUser):
    """A person with an account. One role; what they may do is in their delegations.

    password_asked_at: when the administrator sent a link for choosing a password; None once it is chosen. Until
    then nobody can sign in.
    """

    last_login = None
    email = models.EmailField(_("e-mail"), unique=True)
    full_name = models.CharField(pgettext_lazy("of a person", "name"), max_length=120)
    role = models.CharField(_("role"), max_length=32, choices=Role.choices)
    site = models.ForeignKey(StudySite, models.PROTECT, null=True, blank=True, verbose_name=_("study site"))
    language = models.CharField(_("language"), max_length=10, default="en")
    is_active = models.BooleanField(_("active"), default=True)
    password_asked_at = models.DateTimeField(_("asked to choose a password"), null=True, blank=True)

    objects = StaffManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["full_name", "role"]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="staff_role_known"),
        ]

    def __str__(self) -> str:
        return self.full_name

    def delegations_in_force(self, *, at: datetime) -> Iterator[tuple[str, int | None]]:
        """(task, site id) pairs signed by the principal investigator and in force at `at`.

        Before the first line of the log an administrator founds the study: somebody has to enter the principal
        investigator who signs it. At a closed site whoever worked there may read, and nothing else.
        """
        if self.role == Role.ADMINISTRATOR and self.is_active and not Delegation.objects.exists():
            yield Task.ADMINISTER, None
        closed = ArraySubquery(StudySite.objects.exclude(closed_at=None).values("pk"))
        for row in self.delegations.annotate(closed=closed):
            if row.covers(at) and self.is_active and self.role in MAY_HOLD[row.task]:
                yield from row.left_by(row.closed)


@audited()
class Delegation(models.Model):
    """One line of the delegation log: who may do which task, where, from when to when, signed by whom."""

    staff = models.ForeignKey(StaffMember, models.PROTECT, related_name="delegations")
    task = models.CharField(_("task"), max_length=32, choices=Task.choices)
    site = models.ForeignKey(StudySite, models.PROTECT, null=True, help_text=_("Empty: every study site."))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"), null=True, blank=True)
    signed_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(_("signed at"))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["staff", "task", "site", "starts_at"], name="delegation_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gte=models.F("starts_at")),
                name="delegation_ends_after_start",
            ),
            models.CheckConstraint(condition=Q(task__in=Task.values), name="delegation_task_known"),
        ]

    def covers(self, at: datetime) -> bool:
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)

    def state(self, at: datetime) -> str:
        """in_force, ended or not_begun."""
        if self.covers(at):
            return "in_force"
        return "not_begun" if at < self.starts_at else "ended"

    def left_by(self, closed: Collection[int]) -> Iterator[tuple[str, int | None]]:
        """(task, site id) pairs of this line that the closing of these sites leaves."""
        if self.site_id is None and closed and self.task not in STUDY_TASKS:
            for site in StudySite.objects.exclude(pk__in=closed):
                yield self.task, site.pk
        elif self.site_id not in closed or self.task in READING_TASKS:
            yield self.task, self.site_id


class Paused(models.TextChoices):
    RANDOMIZATION = "randomization", _("randomization")
    INFUSION = "infusion", _("infusion")


@audited()
class Pause(models.Model):
    """Randomization or infusion is paused, at one site or (site empty) everywhere, until it is resumed.

    Nothing says why it was paused: the reason may rest on what only unblinded people know. The decision is on paper.
    """

    class Decision(models.TextChoices):
        PRINCIPAL_INVESTIGATOR = "principal_investigator", _("Principal investigator")
        MEDICAL_MONITOR = "medical_monitor", _("Medical monitor")
        DSMB = "dsmb", _("Data and safety monitoring board")

    what = models.CharField(_("what is paused"), max_length=16, choices=Paused.choices)
    site = models.ForeignKey(StudySite, models.PROTECT, null=True, blank=True, verbose_name=_("study site"))
    decided_by = models.CharField(_("decided by"), max_length=24, choices=Decision.choices)
    paused_at = models.DateTimeField(_("paused at"))
    paused_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+", verbose_name=_("entered by"))
    resumed_at = models.DateTimeField(_("resumed at"), null=True)
    resumed_by = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, related_name="+", verbose_name=_("resumed by")
    )
    resume_reason = models.CharField(_("reason for resuming"), max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["what", "site"],
                condition=Q(resumed_at=None),
                nulls_distinct=False,
                name="paused_once",
            ),
            models.CheckConstraint(condition=Q(what__in=Paused.values), name="pause_of_something"),
            models.CheckConstraint(
                condition=Q(resumed_at=None, resumed_by=None)
                | Q(resumed_at__isnull=False, resumed_by__isnull=False) & ~Q(resume_reason=""),
                name="pause_resumed_with_reason",
            ),
        ]


class MissingReason(models.TextChoices):
    """Why a value is absent; an empty value without a reason is simply not entered yet."""

    NOT_DONE = "ND", _("not done")
    UNKNOWN = "UNK", _("unknown")
    NOT_APPLICABLE = "NA", _("not applicable")
    REFUSED = "REF", _("refused")


class Record(models.Model):
    """What every case report form has: a version against stale edits, and reasons for absent values.

    `missing` maps a field name to a MissingReason code.
    """

    version = models.PositiveIntegerField(_("version"), default=1)
    missing = models.JSONField(_("reasons for missing values"), default=dict, blank=True)

    class Meta:
        abstract = True


class NoticeState(models.TextChoices):
    PLANNED = "planned", _("planned")
    CLAIMED = "claimed", _("being sent")
    SENT = "sent", _("sent")
    UNCERTAIN = "uncertain", _("may have been sent")
    FAILED = "failed", _("failed")
    DROPPED = "dropped", _("not sent any more")


@audited(ignored=["attempts", "next_attempt_at", "claimed_at"])
class Notice(models.Model):
    """The ledger of e-mails: one row per thing to tell one person once. `key` makes it once.

    To somebody of the staff, or to a participant known here by their screening number only.
    """

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=40)
    recipient = models.ForeignKey(StaffMember, models.PROTECT, null=True)
    participant = models.CharField(max_length=20, blank=True)
    site = models.ForeignKey(StudySite, models.PROTECT)
    on = models.DateField()
    count = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=12, choices=NoticeState.choices, default=NoticeState.PLANNED)
    planned_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["state", "next_attempt_at", "id"], name="notice_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(recipient__isnull=False, participant="")
                | Q(recipient__isnull=True) & ~Q(participant=""),
                name="notice_to_staff_or_participant",
            )
        ]

    @property
    def person(self) -> StaffMember:
        """The recipient of a notice to staff."""
        return cast(StaffMember, self.recipient)

    @property
    def addressee(self) -> str:
        return str(self.recipient or _("participant %(number)s") % {"number": self.participant})


class OccurrenceKind(models.TextChoices):
    SIGNED_IN = "signed_in", _("signed in")
    SIGNED_OUT = "signed_out", _("signed out")
    WRONG_PASSWORD = "wrong_password", _("wrong password at sign-in")
    SIGN_IN_REFUSED = "sign_in_refused", _("sign-in refused")
    PASSWORD_CHANGED = "password_changed", _("password changed")
    WRONG_SIGNATURE = "wrong_signature", _("wrong password at signing")
    AUDIT_TRAIL_COPIED = "trail_copied", _("copy of the audit trail taken")


@audited(privileges="SELECT, INSERT")
class Occurrence(models.Model):
    """What is accounted for though it changes no data: coming and going, wrong passwords, copies taken.

    person is whose account it concerns; for an address that nobody has, `unknown` is a keyed hash of what was typed,
    so that repeated attempts are seen to be about the same one and no stranger's address is kept.
    """

    kind = models.CharField(_("what"), max_length=20, choices=OccurrenceKind.choices)
    person = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, related_name="+", verbose_name=_("person")
    )
    unknown = models.CharField(_("unknown address"), max_length=16, blank=True)
    detail = models.TextField(_("detail"), max_length=500, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=OccurrenceKind.values), name="occurrence_kind_known")
        ]
