"""Visits that took place and their case report forms."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dosing.models import possible
from enrollment.models import Subject, SubjectRecord, choices_of
from enrollment.rules.answers import OxygenDevice
from outcomes.rules.limits import LABORATORY, VITAL_SIGNS
from trial_site.audit.tracking import audited


@audited(reason=True)
class Visit(models.Model):
    """A visit that took place (CDISC SV). Planned visits follow from the protocol and are not stored.

    Both days count from 0: visits follow the infusion (randomization for those never infused), time to event
    counts from randomization for everyone.
    """

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="visits")
    code = models.CharField(_("visit"), max_length=8)
    took_place_on = models.DateField(_("date of the visit"))
    study_day = models.IntegerField(_("day since infusion"))
    randomization_day = models.IntegerField(_("day since randomization"))

    class Meta:
        ordering = ["took_place_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["subject", "code"], name="visit_once"),
            models.CheckConstraint(condition=Q(randomization_day__gte=0), name="visit_after_randomization"),
        ]


class VisitForm(SubjectRecord):
    """A case report form of one visit."""

    visit = models.OneToOneField(Visit, models.PROTECT, verbose_name=_("visit"))

    class Meta:
        abstract = True


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


@audited(reason=True)
class Laboratory(VisitForm):
    """Laboratory results of one blood sample (CDASH LB), by the coordinator."""

    sampled_at = models.DateTimeField(_("sample taken at"))
    wbc_10e9_l = models.DecimalField(_("white blood cells"), max_digits=5, decimal_places=2, null=True)
    lymphocytes_10e9_l = models.DecimalField(_("lymphocytes"), max_digits=5, decimal_places=2, null=True)
    crp_mg_l = models.DecimalField(_("C-reactive protein"), max_digits=6, decimal_places=1, null=True)
    il6_pg_ml = models.DecimalField(_("interleukin-6"), max_digits=7, decimal_places=1, null=True)
    ferritin_ug_l = models.DecimalField(_("ferritin"), max_digits=7, decimal_places=1, null=True)
    d_dimer_mg_l = models.DecimalField(_("D-dimer (FEU)"), max_digits=6, decimal_places=2, null=True)
    ldh_u_l = models.DecimalField(_("lactate dehydrogenase"), max_digits=6, decimal_places=1, null=True)
    procalcitonin_ng_ml = models.DecimalField(_("procalcitonin"), max_digits=6, decimal_places=2, null=True)

    class Meta:
        constraints = [
            *possible("lb", LABORATORY),
            models.CheckConstraint(
                condition=Q(lymphocytes_10e9_l=None)
                | Q(wbc_10e9_l=None)
                | Q(lymphocytes_10e9_l__lte=F("wbc_10e9_l")),
                name="lb_lymphocytes_within_wbc",
            ),
        ]
