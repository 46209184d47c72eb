"""The domains (SDTMIG 3.4): what each is called, which variables it has, and which forms it comes from."""

from dataclasses import dataclass

from trial_site.exports.blinded import DATASETS
from trial_site.exports.sdtm.variables import Variable, variable

STANDARD, VERSION = "SDTMIG", "3.4"


@dataclass(frozen=True)
class Domain:
    """forms: the case report forms it comes from; none for the design of the trial."""

    code: str
    label: str
    group: str
    structure: str
    keys: tuple[str, ...]
    variables: tuple[Variable, ...]
    forms: tuple[str, ...]

    @property
    def is_reference(self) -> bool:
        return not self.forms

    @property
    def parent(self) -> str:
        """The domain that supplementary qualifiers belong to; of any other domain, itself."""
        return self.code.removeprefix("SUPP")


def domain(
    code: str, label: str, group: str, structure: str, *, keys: str, names: str, forms: str = ""
) -> Domain:
    """`names` after STUDYID, DOMAIN and, for records of participants, USUBJID; "-" stands for the domain's code."""
    head = "STUDYID DOMAIN USUBJID" if forms else "STUDYID DOMAIN"
    listed = f"{head} {names}".replace("-", code).split()
    return Domain(
        code,
        label,
        group,
        structure,
        tuple(f"STUDYID {keys}".replace("-", code).split()),
        tuple(variable(code, name) for name in listed),
        tuple(forms.split()),
    )


def supplementary(parent: str, forms: str) -> Domain:
    keys = ["STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM"]
    code = f"SUPP{parent}"
    return Domain(
        code,
        f"Supplemental Qualifiers for {parent}",
        "RELATIONSHIP",
        "One record per supplemental qualifier per related parent record",
        tuple(keys),
        tuple(variable(code, name) for name in (*keys, "QLABEL", "QVAL", "QORIG")),
        tuple(forms.split()),
    )


FINDING = "-SEQ -TESTCD -TEST -CAT -ORRES -ORRESU -STRESC -STRESN -STRESU -STAT -REASND"
PER_SUBJECT = "One record per {} per subject"
PER_TEST = PER_SUBJECT.format("test per time")
TEST, AT_VISIT = "USUBJID -TESTCD -DTC", "VISITNUM VISIT EPOCH -DTC -DY"
PERIOD = "-STDTC -ENDTC -STDY -ENDY"
DURING = f"EPOCH {PERIOD}"
DEMOGRAPHICS = (
    "SUBJID RFSTDTC RFENDTC RFXSTDTC RFXENDTC RFICDTC RFPENDTC DTHDTC DTHFL SITEID BRTHDTC AGE AGEU SEX"
)


def demographics(names: str) -> Domain:
    structure = "One record per subject"
    return domain("DM", "Demographics", "SPECIAL PURPOSE", structure, keys="USUBJID", forms="SU", names=names)


COMMON = (
    domain(
        "TA", "Trial Arms", "TRIAL DESIGN", "One record per planned element per arm",
        keys="ARMCD TAETORD", names="ARMCD ARM TAETORD ETCD ELEMENT TABRANCH EPOCH",
    ),
    domain(
        "TE", "Trial Elements", "TRIAL DESIGN", "One record per planned element",
        keys="ETCD", names="ETCD ELEMENT TESTRL TEENRL",
    ),
    domain(
        "TV", "Trial Visits", "TRIAL DESIGN", "One record per planned visit",
        keys="VISITNUM", names="VISITNUM VISIT VISITDY TVSTRL",
    ),
    domain(
        "TI", "Trial Inclusion/Exclusion Criteria", "TRIAL DESIGN", "One record per criterion",
        keys="IETESTCD TIVERS", names="IETESTCD IETEST IECAT TIVERS",
    ),
    domain(
        "TS", "Trial Summary", "TRIAL DESIGN", "One record per trial summary parameter value",
        keys="TSPARMCD -SEQ", names="-SEQ TSPARMCD TSPARM TSVAL",
    ),
    demographics(DEMOGRAPHICS),
    domain(
        "SV", "Subject Visits", "SPECIAL PURPOSE", PER_SUBJECT.format("visit"), keys="USUBJID VISITNUM", forms="VI",
        names=f"VISITNUM VISIT VISITDY {PERIOD}",
    ),
    domain(
        "CM", "Concomitant Medications", "INTERVENTIONS", PER_SUBJECT.format("medication"), forms="CM CH SC",
        keys="USUBJID -TRT -STDTC", names=f"-SEQ -TRT -CAT -PRESP -OCCUR -INDC -DOSE -DOSU CMDOSTXT {DURING}",
    ),
    domain(
        "EC", "Exposure as Collected", "INTERVENTIONS", PER_SUBJECT.format("infusion or interruption"), forms="IN IT",
        keys="USUBJID -CAT -STDTC", names=f"-SEQ -REFID -TRT -CAT -OCCUR -DOSE -DOSU -ROUTE -ADJ {DURING}",
    ),
    domain(
        "PR", "Procedures", "INTERVENTIONS", PER_SUBJECT.format("procedure"), forms="RS VS DY OR CT SC",
        keys="USUBJID -CAT -TRT -STDTC", names=f"-SEQ -TRT -CAT -SCAT -DOSE -DOSU VISITNUM VISIT {DURING}",
    ),
    domain(
        "SU", "Substance Use", "INTERVENTIONS", PER_SUBJECT.format("substance"), forms="SC", keys="USUBJID -TRT",
        names="-SEQ -TRT -CAT -SCAT -PRESP -OCCUR -DOSE -DOSU -DOSFRQ",
    ),
    domain(
        "AE", "Adverse Events", "EVENTS", PER_SUBJECT.format("event"), forms="AE", keys="USUBJID -TERM -STDTC -SPID",
        names=f"-SEQ -SPID -TERM AESER AEREL AEACNOTH AEOUT AESCONG AESDISAB AESHOSP AESLIFE AESMIE -TOXGR {DURING}",
    ),
    domain(
        "CE", "Clinical Events", "EVENTS", PER_SUBJECT.format("symptom per visit, or reaction"), forms="SC SY RE",
        keys="USUBJID -TERM -DTC -STDTC",
        names="-SEQ -TERM -CAT -PRESP -OCCUR -STAT -REASND -SEV -TOXGR VISITNUM VISIT EPOCH -DTC -STDTC -DY -STDY",
    ),
    domain(
        "DS", "Disposition", "EVENTS", PER_SUBJECT.format("disposition status or protocol milestone"),
        forms="CO EL RA ER WD EN CB EO", keys="USUBJID -DECOD -STDTC",
        names="-SEQ -TERM -DECOD -CAT -SCAT EPOCH -STDTC -STDY",
    ),
    domain(
        "DV", "Protocol Deviations", "EVENTS", PER_SUBJECT.format("deviation"), forms="SU",
        keys="USUBJID -TERM -STDTC",
        names="-SEQ -SPID -TERM -DECOD -CAT EPOCH -STDTC -STDY",
    ),
    domain(
        "HO", "Healthcare Encounters", "EVENTS", PER_SUBJECT.format("encounter"), forms="HO",
        keys="USUBJID -TERM -STDTC", names=f"-SEQ -TERM -PRESP -OCCUR HODISP {DURING}",
    ),
    domain(
        "MH", "Medical History", "EVENTS", PER_SUBJECT.format("condition"), forms="SC CH MH",
        keys="USUBJID -TERM -STDTC", names=f"-SEQ -TERM -CAT -SCAT -PRESP -OCCUR -STAT -REASND {PERIOD}",
    ),
    domain(
        "DD", "Death Details", "FINDINGS", PER_SUBJECT.format("finding"), forms="DD", keys="USUBJID -TESTCD",
        names=f"{FINDING} -DTC -DY",
    ),
    domain(
        "EG", "ECG Test Results", "FINDINGS", PER_TEST, forms="EG", keys=TEST, names=f"{FINDING} {AT_VISIT}",
    ),
    domain(
        "FT", "Functional Tests", "FINDINGS", PER_TEST, forms="WT", keys=TEST, names=f"{FINDING} {AT_VISIT}",
    ),
    domain(
        "IE", "Inclusion/Exclusion Criteria Not Met", "FINDINGS", PER_SUBJECT.format("criterion not met"), forms="EL",
        keys="USUBJID IETESTCD -DTC", names="-SEQ IETESTCD IETEST IECAT IEORRES IESTRESC -DTC -DY",
    ),
    domain(
        "IS", "Immunogenicity Specimen Assessments", "FINDINGS", PER_TEST, forms="SE SC", keys=TEST,
        names=f"{FINDING} {AT_VISIT}",
    ),
    domain(
        "LB", "Laboratory Test Results", "FINDINGS", PER_TEST, forms="LB LH LC LK PT SC", keys=TEST,
        names=f"{FINDING} LBORNRLO LBORNRHI LBSTNRLO LBSTNRHI LBNRIND -SPEC {AT_VISIT}",
    ),
    domain(
        "MB", "Microbiology Specimen", "FINDINGS", PER_TEST, forms="PC SC RI", keys="USUBJID -TESTCD -METHOD -DTC",
        names=f"{FINDING} -SPEC -METHOD {AT_VISIT}",
    ),
    domain(
        "QS", "Questionnaires", "FINDINGS", PER_TEST, forms="WT BG", keys=TEST, names=f"{FINDING} {AT_VISIT}",
    ),
    domain(
        "RE", "Respiratory System Findings", "FINDINGS", PER_TEST, forms="LF CT CR", keys=TEST,
        names=f"{FINDING} -EVAL {AT_VISIT}",
    ),
    domain(
        "RP", "Reproductive System Findings", "FINDINGS", PER_TEST, forms="SC PG", keys=TEST,
        names=f"{FINDING} {AT_VISIT}",
    ),
    domain(
        "RS", "Disease Response and Clin Classification", "FINDINGS", PER_TEST, forms="CP NS DY RI", keys=TEST,
        names=f"{FINDING} -EVAL {AT_VISIT}",
    ),
    domain(
        "SS", "Subject Status", "FINDINGS", PER_TEST, forms="VT", keys=TEST,
        names=f"-SEQ -TESTCD -TEST -ORRES -STRESC -EVAL {AT_VISIT}",
    ),
    domain(
        "VS", "Vital Signs", "FINDINGS", PER_TEST, forms="SC OR IV VS DY WT", keys=f"{TEST} -TPTNUM",
        names=f"{FINDING} {AT_VISIT} -TPT -TPTNUM -ELTM -TPTREF",
    ),
    supplementary("AE", "AE"),
    supplementary("DM", "RA SU"),
    supplementary("SU", "SC"),
)  # fmt: skip
# SDTM leaves codes that begin with X to sponsors. Comes last, after every other domain has taken what is its own.
UNMAPPED = domain(
    "XC", "Collected and Not Mapped Elsewhere", "FINDINGS", PER_SUBJECT.format("answer"),
    forms=" ".join(dataset.form for dataset in DATASETS), keys="USUBJID -CAT -SPID -TESTCD -DTC",
    names=f"-SEQ -SPID -TESTCD -TEST -CAT -ORRES -STRESC -STAT -REASND {AT_VISIT}",
)  # fmt: skip
DOMAINS = (*COMMON, UNMAPPED)
# Instead of DM and beside the rest, once the study is unblinded.
UNBLINDED = (
    demographics(f"{DEMOGRAPHICS} ARMCD ARM ACTARMCD ACTARM ARMNRS"),
    *(each for each in COMMON if each.code != "DM"),
    domain(
        "SE", "Subject Elements", "SPECIAL PURPOSE", PER_SUBJECT.format("element"), forms="SU", keys="USUBJID -STDTC",
        names=f"-SEQ ETCD ELEMENT EPOCH {PERIOD}",
    ),
    domain(
        "EX", "Exposure", "INTERVENTIONS", PER_SUBJECT.format("infusion"), forms="IN", keys="USUBJID -TRT -STDTC",
        names=f"-SEQ -REFID -TRT -CAT -DOSE -DOSU -ROUTE EXLOT -ADJ {DURING}",
    ),
    domain(
        "DA", "Product Accountability", "FINDINGS", PER_SUBJECT.format("test per bag"), forms="IN",
        keys="USUBJID -REFID -TESTCD",
        names="-SEQ -REFID -TESTCD -TEST -ORRES -ORRESU -STRESC -STRESN -STRESU -DTC -DY",
    ),
    supplementary("EX", "IN"),
    UNMAPPED,
)  # fmt: skip
