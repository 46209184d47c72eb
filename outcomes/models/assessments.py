"""Forms of a visit that the blinded assessor fills in."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dosing.models import possible
from enrollment.models import choices_of
from enrollment.rules.answers import OxygenDevice
from outcomes.models.forms import CLASSIFICATION, Severity, VisitForm
from outcomes.rules.limits import LUNG_FUNCTION, VITAL_SIGNS, WALK
from trial_site.audit.tracking import audited


@audited(reason=True)
class VitalSigns(VisitForm):
    """Vital signs and oxygen support (CDASH VS), by the blinded assessor."""

    measured_at = models.DateTimeField(_("measured at"))
    temperature_c = models.DecimalField(_("body temperature"), max_digits=3, decimal_places=1, null=True)
    heart_rate = models.PositiveSmallIntegerField(_("heart rate"), null=True)
    respiratory_rate = models.PositiveSmallIntegerField(_("respiratory rate"), null=True)
    systolic_mmhg = models.PositiveSmallIntegerField(_("systolic blood pressure"), null=True)
    diastolic_mmhg = models.PositiveSmallIntegerField(_("diastolic blood pressure"), null=True)
    spo2_percent = models.PositiveSmallIntegerField(_("oxygen saturation (SpO₂)"), null=True)
    oxygen_device = models.CharField(
        _("oxygen support"), max_length=20, choices=choices_of("oxygen_device"), blank=True
    )
    oxygen_flow_l_min = models.DecimalField(_("oxygen flow"), max_digits=4, decimal_places=1, null=True)

    class Meta:
        constraints = [
            *possible("vs", VITAL_SIGNS),
            models.CheckConstraint(
                condition=Q(diastolic_mmhg=None)
                | Q(systolic_mmhg=None)
                | Q(diastolic_mmhg__lt=F("systolic_mmhg")),
                name="vs_diastolic_below_systolic",
            ),
            models.CheckConstraint(
                condition=Q(oxygen_flow_l_min=None) | ~Q(oxygen_device__in=["", OxygenDevice.NONE]),
                name="vs_flow_needs_device",
            ),
        ]


class ProgressionScore(models.IntegerChoices):
    """WHO Clinical Progression Scale, 0 to 10."""

    S0 = 0, _("0 – uninfected")
    S1 = 1, _("1 – asymptomatic, viral RNA detected")
    S2 = 2, _("2 – symptomatic, independent")
    S3 = 3, _("3 – symptomatic, assistance needed")
    S4 = 4, _("4 – hospitalised, no oxygen therapy")
    S5 = 5, _("5 – hospitalised, oxygen by mask or nasal prongs")
    S6 = 6, _("6 – hospitalised, oxygen by NIV or high flow")
    S7 = 7, _("7 – intubated, P/F ≥ 150 or S/F ≥ 200")
    S8 = 8, _("8 – ventilated, P/F < 150 or S/F < 200, or vasopressors")
    S9 = 9, _("9 – ventilated, P/F < 150 and vasopressors, dialysis or ECMO")
    S10 = 10, _("10 – dead")


@audited(reason=True)
class ClinicalProgression(VisitForm):
    """The WHO Clinical Progression Scale (CDISC RS), by the blinded assessor; scale and version are kept."""

    assessed_at = models.DateTimeField(_("assessed at"))
    score = models.PositiveSmallIntegerField(_("score"), choices=ProgressionScore.choices, null=True)
    scale = models.CharField(_("scale"), max_length=40, default="WHO CPS 2020")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(score=None) | Q(score__lte=10), name="cps_score_possible")
        ]


class SeverityCriterion(models.TextChoices):
    RATE = "rate", _("respiratory rate 30/min or more")
    # xgettext:no-python-format
    SATURATION = "saturation", _("oxygen saturation 93 % or less on room air")
    GAS = "gas", _("PaO₂/FiO₂ 300 mmHg or less")
    LESIONS = "lesions", _("lesions grown by more than half within 24 to 48 hours")
    VENTILATION = "ventilation", _("respiratory failure with mechanical ventilation")
    SHOCK = "shock", _("shock")
    ORGAN = "organ", _("failure of another organ with intensive care")


@audited(reason=True)
class SeverityClass(VisitForm):
    """Clinical classification of COVID-19 (CDISC RS); its version is kept with it."""

    assessed_at = models.DateTimeField(_("assessed at"))
    severity = models.CharField(_("severity class"), max_length=8, choices=Severity.choices, blank=True)
    criterion = models.CharField(
        _("criterion that decides"), max_length=12, choices=SeverityCriterion.choices, blank=True
    )
    classification = models.CharField(_("classification"), max_length=40, default=CLASSIFICATION)


class Grading(models.IntegerChoices):
    NONE = 0, _("none")
    MILD = 1, _("mild")
    MODERATE = 2, _("moderate")
    SEVERE = 3, _("severe")


def graded(label: object) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(label, choices=Grading.choices, null=True)  # type: ignore[arg-type]


@audited(reason=True)
class Symptoms(VisitForm):
    """Symptoms of COVID-19 in the last 24 hours (CDISC CE)."""

    assessed_at = models.DateTimeField(_("assessed at"))
    fever = graded(_("fever"))
    cough = graded(_("cough"))
    dyspnoea = graded(_("shortness of breath"))
    sore_throat = graded(_("sore throat"))
    fatigue = graded(_("fatigue"))
    muscle_pain = graded(_("muscle or joint pain"))
    taste_smell_loss = graded(_("loss of taste or smell"))
    diarrhoea = graded(_("diarrhoea"))


@audited(reason=True)
class VitalStatus(VisitForm):
    """Is the participant alive (CDISC DS)? Known at day 28 for everybody, whatever else was missed."""

    class Status(models.TextChoices):
        ALIVE = "alive", _("alive")
        DEAD = "dead", _("dead")
        UNKNOWN = "unknown", _("unknown")

    class Source(models.TextChoices):
        VISIT = "visit", _("seen at the visit")
        PHONE = "phone", _("telephone")
        RECORD = "record", _("medical record")
        FAMILY = "family", _("family")

    ascertained_on = models.DateField(_("ascertained on"))
    status = models.CharField(_("vital status"), max_length=8, choices=Status.choices, blank=True)
    last_alive_on = models.DateField(_("last known to be alive on"), null=True)
    source = models.CharField(_("source"), max_length=8, choices=Source.choices, blank=True)


@audited(reason=True)
class SixMinuteWalk(VisitForm):
    """Six-minute walk test (CDISC FT)."""

    walked_at = models.DateTimeField(_("walked at"))
    distance_m = models.PositiveSmallIntegerField(_("distance"), null=True)
    spo2_before_percent = models.PositiveSmallIntegerField(_("SpO₂ before the walk"), null=True)
    spo2_lowest_percent = models.PositiveSmallIntegerField(_("lowest SpO₂ during the walk"), null=True)
    borg_dyspnoea = models.DecimalField(
        _("shortness of breath after it (Borg, 0 to 10)"), max_digits=3, decimal_places=1, null=True
    )

    class Meta:
        constraints = [*possible("wt", WALK)]


@audited(reason=True)
class LungFunction(VisitForm):
    """Lung function (CDISC RE)."""

    measured_at = models.DateTimeField(_("measured at"))
    fvc_l = models.DecimalField(_("forced vital capacity (FVC)"), max_digits=4, decimal_places=2, null=True)
    fev1_l = models.DecimalField(_("FEV₁"), max_digits=4, decimal_places=2, null=True)
    dlco_percent = models.PositiveSmallIntegerField(_("DLCO, of predicted"), null=True)

    class Meta:
        constraints = [*possible("lf", LUNG_FUNCTION)]
