"""Forms that belong to no visit: histories, running logs, the daily status, and how the study ends."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from dosing.models import possible
from enrollment.models import choices_of
from outcomes.models.assessments import ProgressionScore
from outcomes.models.forms import CLASSIFICATION, LogEntry, OnceForm, Severity, YesNo
from outcomes.rules.limits import DAILY, HISTORY, SUPPORT
from trial_site.audit.tracking import audited


@audited(reason=True)
class CovidHistory(OnceForm):
    """This infection and what came before it (CDISC MH), vaccination with it."""

    first_positive_on = models.DateField(_("first positive test on"))
    previous_infection = models.CharField(
        _("infected before this episode"), max_length=8, choices=YesNo.choices, blank=True
    )
    previous_infection_on = models.DateField(_("last infection before it on"), null=True)
    vaccine_doses = models.PositiveSmallIntegerField(_("doses of vaccine"), null=True)
    vaccine = models.CharField(_("vaccine of the last dose"), max_length=80, blank=True)
    last_dose_on = models.DateField(_("last dose on"), null=True)

    class Meta:
        constraints = [*possible("ch", HISTORY)]


@audited(reason=True)
class MedicalHistory(LogEntry):
    """A disease or operation before consent (CDASH MH)."""

    class Organ(models.TextChoices):
        HEART = "heart", _("heart and vessels, hypertension included")
        BRAIN = "brain", _("brain vessels")
        LUNG = "lung", _("lung")
        DIABETES = "diabetes", _("diabetes")
        LIVER = "liver", _("liver")
        KIDNEY = "kidney", _("kidney")
        TUMOUR = "tumour", _("tumour")
        IMMUNE = "immune", _("immune system")
        OTHER = "other", _("other")

    condition = models.CharField(_("disease"), max_length=200)
    organ = models.CharField(_("group"), max_length=10, choices=Organ.choices)
    started_on = models.DateField(_("since"))
    ongoing = models.BooleanField(_("ongoing"))
    ended_on = models.DateField(_("until"), null=True)

    def __str__(self) -> str:
        return self.condition


@audited(reason=True)
class ConcomitantMedication(LogEntry):
    """A medicine beside the study product (CDASH CM)."""

    class Group(models.TextChoices):
        ANTIVIRAL = "antiviral", _("antiviral")
        STEROID = "steroid", _("corticosteroid")
        IMMUNE = "immune", _("other immune modulator")
        ANTICOAGULANT = "anticoagulant", _("anticoagulant")
        ANTIBIOTIC = "antibiotic", _("antibiotic")
        VACCINE = "vaccine", _("vaccine")
        HERBAL = "herbal", _("traditional Chinese medicine")
        OTHER = "other", _("other")

    name = models.CharField(_("medicine"), max_length=120)
    group = models.CharField(_("group"), max_length=14, choices=Group.choices)
    indication = models.CharField(_("for"), max_length=120)
    dose = models.CharField(_("dose and route"), max_length=80, blank=True)
    started_on = models.DateField(_("since"))
    ongoing = models.BooleanField(_("ongoing"))
    ended_on = models.DateField(_("until"), null=True)

    def __str__(self) -> str:
        return self.name


@audited(reason=True)
class RespiratorySupport(LogEntry):
    """A spell of oxygen or ventilation (CDISC PR), from change to change."""

    started_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("to"), null=True)
    device = models.CharField(_("oxygen support"), max_length=20, choices=choices_of("oxygen_device"))
    oxygen_flow_l_min = models.DecimalField(_("highest flow"), max_digits=4, decimal_places=1, null=True)
    fio2_percent = models.PositiveSmallIntegerField(_("highest FiO₂"), null=True)

    class Meta(LogEntry.Meta):
        constraints = [*LogEntry.Meta.constraints, *possible("rs", SUPPORT)]


@audited(reason=True)
class HospitalStay(LogEntry):
    """A stay in hospital (CDISC HO)."""

    class Destination(models.TextChoices):
        HOME = "home", _("home")
        TRANSFER = "transfer", _("another hospital")
        DIED = "died", _("died")

    admitted_on = models.DateField(_("admitted on"))
    discharged_on = models.DateField(_("discharged on"), null=True)
    destination = models.CharField(_("discharged to"), max_length=10, choices=Destination.choices, blank=True)
    intensive_care = models.CharField(_("intensive care"), max_length=8, choices=YesNo.choices)
    icu_admitted_on = models.DateField(_("intensive care since"), null=True)


@audited(reason=True)
class Reinfection(LogEntry):
    """A new infection with SARS-CoV-2 after this one was over (CDISC MB)."""

    class Method(models.TextChoices):
        PCR = "pcr", _("nucleic acid")
        ANTIGEN = "antigen", _("antigen")

    detected_on = models.DateField(_("first positive test on"))
    method = models.CharField(_("method"), max_length=8, choices=Method.choices)
    severity = models.CharField(_("severity class"), max_length=8, choices=Severity.choices, blank=True)
    negative_between = models.CharField(
        _("negative tests between both infections"), max_length=8, choices=YesNo.choices
    )


@audited(reason=True)
class DailyStatus(LogEntry):
    """Status of one day, from day 0 to 14 or discharge: the primary outcome comes from it (CDISC RS)."""

    on = models.DateField(_("day"))
    severity = models.CharField(_("severity class"), max_length=8, choices=Severity.choices, blank=True)
    score = models.PositiveSmallIntegerField(_("WHO score"), choices=ProgressionScore.choices, null=True)
    oxygen_device = models.CharField(
        _("oxygen support"), max_length=20, choices=choices_of("oxygen_device"), blank=True
    )
    oxygen_flow_l_min = models.DecimalField(_("flow"), max_digits=4, decimal_places=1, null=True)
    spo2_percent = models.PositiveSmallIntegerField(_("SpO₂"), null=True)
    respiratory_rate = models.PositiveSmallIntegerField(_("respiratory rate"), null=True)
    temperature_c = models.DecimalField(_("highest temperature"), max_digits=3, decimal_places=1, null=True)
    classification = models.CharField(_("classification"), max_length=40, default=CLASSIFICATION)
    scale = models.CharField(_("scale"), max_length=40, default="WHO CPS 2020")

    class Meta(LogEntry.Meta):
        constraints = [*LogEntry.Meta.constraints, *possible("dy", DAILY)]


@audited(reason=True)
class Death(OnceForm):
    """Why a participant died (CDISC DD); that and when they did is an ending of enrollment."""

    informed_on = models.DateField(_("site informed on"))
    cause = models.CharField(_("primary cause of death"), max_length=200)
    due_to_covid = models.CharField(_("due to COVID-19"), max_length=8, choices=YesNo.choices)
    autopsy = models.CharField(_("autopsy"), max_length=8, choices=YesNo.choices)


@audited(reason=True)
class EndOfStudy(OnceForm):
    """Why and when the participant left the study (CDISC DS)."""

    class Reason(models.TextChoices):
        COMPLETED = "completed", _("completed as planned")
        DEATH = "death", _("death")
        WITHDRAWAL = "withdrawal", _("consent withdrawn")
        LOST = "lost", _("lost to follow-up")
        INVESTIGATOR = "investigator", _("decision of the investigator")
        OTHER = "other", _("other")

    ended_on = models.DateField(_("last day in the study"))
    reason = models.CharField(_("reason"), max_length=14, choices=Reason.choices)
    detail = models.CharField(_("namely"), max_length=200, blank=True)
