"""A participant from first contact on: subject, consent, eligibility, withdrawal."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from trial_site.audit.tracking import audited, state_machine
from trial_site.core.models import Record, StaffMember, StudySite


class SubjectState(models.TextChoices):
    IDENTIFIED = "identified", _("identified")
    DECLINED = "declined", _("declined")
    CONSENTED = "consented", _("consented")
    SCREEN_FAILED = "screen_failed", _("screen failure")
    ELIGIBLE = "eligible", _("eligible")
    RANDOMIZED = "randomized", _("randomized")
    WITHDRAWN = "withdrawn", _("withdrawn")


SUBJECT_TRANSITIONS = {
    "identified": ("consented", "declined"),
    "consented": ("eligible", "screen_failed", "withdrawn"),
    "eligible": ("consented", "screen_failed", "randomized", "withdrawn"),
    "randomized": ("withdrawn",),
    "declined": (),
    "screen_failed": (),
    "withdrawn": (),
}


@state_machine("state", SUBJECT_TRANSITIONS)
@audited()
class Subject(models.Model):
    """A person seen for the study, known by a screening number only (CDISC: subject; on screen: participant)."""

    number = models.CharField(_("screening number"), max_length=20, unique=True)
    site = models.ForeignKey(StudySite, models.PROTECT, verbose_name=_("study site"))
    state = models.CharField(
        _("state"), max_length=16, choices=SubjectState.choices, default=SubjectState.IDENTIFIED
    )
    identified_on = models.DateField(_("first seen on"))
    protocol_version = models.CharField(_("protocol version"), max_length=16)
    planned_infusion_at = models.DateTimeField(_("planned infusion"), null=True)
    rescreen_of = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="rescreenings", verbose_name=_("first screened as")
    )

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=SubjectState.values), name="subject_state_known")
        ]

    def __str__(self) -> str:
        return self.number


class SubjectRecord(Record):
    """A case report form that belongs to one participant."""

    subject = models.ForeignKey(Subject, models.PROTECT, verbose_name=_("participant"))

    class Meta:
        abstract = True


@audited()
class ConsentVersion(models.Model):
    """A version of the consent form, approved by the ethics committee for one site from a date on."""

    site = models.ForeignKey(StudySite, models.PROTECT)
    version = models.CharField(_("version"), max_length=16)
    approved_on = models.DateField(_("approved on"))
    superseded_on = models.DateField(_("superseded on"), null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "version"], name="consent_version_once")]

    def __str__(self) -> str:
        return self.version


class Witness(models.TextChoices):
    """Why somebody impartial was present during the whole discussion (ICH E6(R3) 2.8.6); empty: not needed."""

    CANNOT_READ = "reading", _("needed: the participant cannot read")
    CANNOT_SIGN = "signing", _("needed: the participant cannot sign by hand")


@audited(reason=True)
class Consent(SubjectRecord):
    """Informed consent of the participant in person (no legal representative by default; entry 27).

    Once for each version of the form: the first begins the screening, later ones go on from it. Who the witness
    is stands on the paper form, because no name of a participant's circle belongs into the study's data.
    """

    consent_version = models.ForeignKey(
        ConsentVersion, models.PROTECT, verbose_name=_("consent form version")
    )
    given_at = models.DateTimeField(_("signed by the participant at"))
    obtained_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("obtained by")
    )
    obtained_at = models.DateTimeField(_("signed by the person who obtained it at"))
    witness = models.CharField(_("impartial witness"), max_length=8, choices=Witness.choices, blank=True)
    witnessed_at = models.DateTimeField(_("signed by the witness at"), null=True, blank=True)
    copy_given = models.BooleanField(_("a copy was given to the participant"), default=False)
    future_contact = models.BooleanField(_("agrees to be contacted about later studies"), default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "consent_version"], name="consent_once_per_version"),
            models.CheckConstraint(condition=Q(copy_given=True), name="consent_copy_given"),
            models.CheckConstraint(
                condition=Q(witness="", witnessed_at=None) | (~Q(witness="") & ~Q(witnessed_at=None)),
                name="consent_witness_has_signed",
            ),
        ]


@audited(privileges="SELECT, INSERT")
class EligibilityAssessment(models.Model):
    """An investigator's signed decision on the facts and verdict they saw; never edited, replaced by a new one.

    facts, verdict: JSON as enrollment.rules gives them, enough to replay the verdict.
    failed_criteria: the reason for each failed criterion by its code, empty when eligible.
    """

    class Decision(models.TextChoices):
        ELIGIBLE = "eligible", _("eligible")
        SCREEN_FAILURE = "screen_failure", _("screen failure")

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="assessments")
    decision = models.CharField(_("decision"), max_length=16, choices=Decision.choices)
    protocol_version = models.CharField(_("protocol version"), max_length=16)
    screening_version = models.PositiveIntegerField()
    facts = models.JSONField()
    verdict = models.JSONField()
    failed_criteria = models.JSONField(_("failed criteria"), default=dict)
    comment = models.TextField(_("comment"), max_length=1000, blank=True)
    assessed_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+")
    assessed_at = models.DateTimeField(_("assessed at"))

    class Meta:
        ordering = ["id"]


class WithdrawalKind(models.TextChoices):
    CONSENT = "consent", _("withdraws consent")
    TREATMENT = "treatment", _("discontinues treatment, stays in follow-up")
    DATA_USE = "data_use", _("objects to further use of data")


@audited(privileges="SELECT, INSERT")
class Withdrawal(models.Model):
    """A participant ends something: consent, treatment or use of data are three different things."""

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="withdrawals")
    kind = models.CharField(_("what ends"), max_length=12, choices=WithdrawalKind.choices)
    on = models.DateField(_("date"))
    stated_reason = models.TextField(_("reason, if given"), max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "kind"], name="withdrawal_once_per_kind")]


class EndingKind(models.TextChoices):
    """Events of enrollment.rules.consequences that the site records; the others participants decide."""

    DEATH = "death", _("death")
    LOST = "lost", _("lost to follow-up")
    DISCONTINUED = "discontinued", _("treatment discontinued by the investigator")
    WORSENED = "worsened", _("severe or critical before the dose")


@audited(reason=True)
class Ending(models.Model):
    """Death, loss to follow-up or an investigator's decision ends something (CDISC DS). One recorded in error, or
    undone because the participant was found again, no longer stands; the row stays."""

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="endings")
    kind = models.CharField(_("what happened"), max_length=12, choices=EndingKind.choices)
    on = models.DateField(_("date"))
    explanation = models.TextField(_("how it is known, or why"), max_length=500)
    stands = models.BooleanField(_("stands"), default=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "kind"], condition=Q(stands=True), name="ending_once_per_kind"
            ),
            models.CheckConstraint(condition=Q(kind__in=EndingKind.values), name="ending_kind_known"),
        ]


@audited(privileges="SELECT, INSERT")
class ContactAttempt(models.Model):
    """One try to reach a participant who stays away; loss to follow-up needs several in vain."""

    class Means(models.TextChoices):
        PHONE = "phone", _("telephone")
        MESSAGE = "message", _("message")
        LETTER = "letter", _("letter")
        VISIT = "visit", _("visit at home")
        RELATIVE = "relative", _("relative or family doctor")

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="contact_attempts")
    on = models.DateField(_("date"))
    means = models.CharField(_("by"), max_length=10, choices=Means.choices)
    reached = models.BooleanField(_("participant was reached"))

    class Meta:
        ordering = ["on", "id"]
