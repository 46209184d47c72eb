"""Laboratory and other examinations of a visit, entered by the coordinator."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dosing.models import possible
from outcomes.models.forms import TestResult, VisitForm, YesNo
from outcomes.rules.limits import (
    CHEMISTRY,
    CHEST_CT,
    COAGULATION,
    ECG,
    HAEMATOLOGY,
    LABORATORY,
    PCR,
    SEROLOGY,
)
from trial_site.audit.tracking import audited


def number(label: object, digits: int, decimals: int) -> models.DecimalField:
    return models.DecimalField(label, max_digits=digits, decimal_places=decimals, null=True)  # type: ignore[arg-type]


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


@audited(reason=True)
class Haematology(VisitForm):
    """Blood count beside the white cells of the inflammation panel (CDASH LB)."""

    sampled_at = models.DateTimeField(_("sample taken at"))
    haemoglobin_g_l = number(_("haemoglobin"), 4, 1)
    neutrophils_10e9_l = number(_("neutrophils"), 5, 2)
    platelets_10e9_l = number(_("platelets"), 5, 1)

    class Meta:
        constraints = [*possible("lh", HAEMATOLOGY)]


@audited(reason=True)
class Chemistry(VisitForm):
    """Liver, kidney, electrolytes, glucose (CDASH LB)."""

    sampled_at = models.DateTimeField(_("sample taken at"))
    alt_u_l = number(_("alanine aminotransferase (ALT)"), 6, 1)
    ast_u_l = number(_("aspartate aminotransferase (AST)"), 6, 1)
    bilirubin_umol_l = number(_("total bilirubin"), 5, 1)
    creatinine_umol_l = number(_("creatinine"), 5, 1)
    urea_mmol_l = number(_("urea"), 4, 1)
    albumin_g_l = number(_("albumin"), 3, 1)
    potassium_mmol_l = number(_("potassium"), 3, 1)
    sodium_mmol_l = number(_("sodium"), 4, 1)
    glucose_mmol_l = number(_("glucose"), 4, 1)

    class Meta:
        constraints = [*possible("lc", CHEMISTRY)]


@audited(reason=True)
class Coagulation(VisitForm):
    """Coagulation (CDASH LB); the D-dimer stands in the inflammation panel."""

    sampled_at = models.DateTimeField(_("sample taken at"))
    prothrombin_time_s = number(_("prothrombin time"), 4, 1)
    inr = number(_("INR"), 4, 2)
    aptt_s = number(_("activated partial thromboplastin time"), 4, 1)
    fibrinogen_g_l = number(_("fibrinogen"), 4, 2)

    class Meta:
        constraints = [*possible("lk", COAGULATION)]


class Specimen(models.TextChoices):
    NASOPHARYNX = "nasopharynx", _("nasopharyngeal swab")
    THROAT = "throat", _("throat swab")
    SPUTUM = "sputum", _("sputum")
    LAVAGE = "lavage", _("bronchoalveolar lavage")


@audited(reason=True)
class Pcr(VisitForm):
    """SARS-CoV-2 nucleic acid (CDISC MB): Ct per gene; a gene that was not detected has none."""

    sampled_at = models.DateTimeField(_("sample taken at"))
    specimen = models.CharField(_("specimen"), max_length=12, choices=Specimen.choices, blank=True)
    orf1ab_ct = number(_("Ct of ORF1ab"), 4, 1)
    n_ct = number(_("Ct of N"), 4, 1)
    result = models.CharField(
        _("result of the laboratory"), max_length=14, choices=TestResult.choices, blank=True
    )
    assay = models.CharField(_("assay"), max_length=80, blank=True)
    cutoff_ct = number(_("cut-off of the assay (Ct)"), 4, 1)

    class Meta:
        constraints = [*possible("pc", PCR)]


@audited(reason=True)
class Serology(VisitForm):
    """Antibodies against SARS-CoV-2 (CDISC IS)."""

    sampled_at = models.DateTimeField(_("sample taken at"))
    igm_result = models.CharField(_("IgM"), max_length=14, choices=TestResult.choices, blank=True)
    igm_index = number(_("IgM, signal to cut-off"), 8, 2)
    igg_result = models.CharField(_("IgG"), max_length=14, choices=TestResult.choices, blank=True)
    igg_index = number(_("IgG, signal to cut-off"), 8, 2)
    neutralising_titre = models.PositiveIntegerField(_("neutralising titre, 1 to"), null=True)

    class Meta:
        constraints = [*possible("se", SEROLOGY)]


@audited(reason=True)
class ChestCt(VisitForm):
    """Chest CT as the site reads it (CDISC PR); the endpoint read is another one, blinded to all of this."""

    class Change(models.TextChoices):
        FIRST = "first", _("no earlier CT")
        BETTER = "better", _("improved")
        SAME = "same", _("unchanged")
        WORSE = "worse", _("worse")

    scanned_at = models.DateTimeField(_("scanned at"))
    pneumonia = models.CharField(_("signs of pneumonia"), max_length=8, choices=YesNo.choices, blank=True)
    lesion_percent = models.PositiveSmallIntegerField(_("lesions, of lung volume (estimate)"), null=True)
    change = models.CharField(_("against the CT before"), max_length=8, choices=Change.choices, blank=True)
    read_by = models.CharField(_("read by"), max_length=80, blank=True)

    class Meta:
        constraints = [*possible("ct", CHEST_CT)]


@audited(reason=True)
class Ecg(VisitForm):
    """Twelve-lead electrocardiogram (CDISC EG)."""

    class Result(models.TextChoices):
        NORMAL = "normal", _("normal")
        ABNORMAL = "abnormal", _("abnormal")

    recorded_at = models.DateTimeField(_("recorded at"))
    heart_rate = models.PositiveSmallIntegerField(_("heart rate"), null=True)
    qtcf_ms = models.PositiveSmallIntegerField(_("QTcF"), null=True)
    result = models.CharField(_("interpretation"), max_length=8, choices=Result.choices, blank=True)
    finding = models.CharField(_("finding"), max_length=200, blank=True)

    class Meta:
        constraints = [*possible("eg", ECG)]


@audited(reason=True)
class PregnancyTest(VisitForm):
    """Pregnancy test (CDASH LB) of women."""

    class Sample(models.TextChoices):
        URINE = "urine", _("urine")
        SERUM = "serum", _("serum")

    tested_at = models.DateTimeField(_("tested at"))
    sample = models.CharField(_("sample"), max_length=8, choices=Sample.choices, blank=True)
    result = models.CharField(_("result"), max_length=14, choices=TestResult.choices, blank=True)
