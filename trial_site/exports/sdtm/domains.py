"""The domains and their variables (SDTM 2.0, SDTMIG 3.4), with labels, types and roles as the model gives them."""

from dataclasses import dataclass

STANDARD, VERSION = "SDTMIG", "3.4"
# Name or ending after the domain's two letters -> label, role.
LABELS = {
    "STUDYID": ("Study Identifier", "Identifier"),
    "DOMAIN": ("Domain Abbreviation", "Identifier"),
    "USUBJID": ("Unique Subject Identifier", "Identifier"),
    "SUBJID": ("Subject Identifier for the Study", "Topic"),
    "SITEID": ("Study Site Identifier", "Record Qualifier"),
    "RFSTDTC": ("Subject Reference Start Date/Time", "Record Qualifier"),
    "RFENDTC": ("Subject Reference End Date/Time", "Record Qualifier"),
    "RFICDTC": ("Date/Time of Informed Consent", "Record Qualifier"),
    "DTHDTC": ("Date/Time of Death", "Record Qualifier"),
    "DTHFL": ("Subject Death Flag", "Record Qualifier"),
    "BRTHDTC": ("Date/Time of Birth", "Record Qualifier"),
    "AGE": ("Age", "Record Qualifier"),
    "AGEU": ("Age Units", "Variable Qualifier"),
    "SEX": ("Sex", "Record Qualifier"),
    "ARMNRS": ("Reason Arm and/or Actual Arm is Null", "Record Qualifier"),
    "ACTARMCD": ("Actual Arm Code", "Record Qualifier"),
    "ACTARM": ("Description of Actual Arm", "Synonym Qualifier"),
    "VISITNUM": ("Visit Number", "Timing"),
    "VISIT": ("Visit Name", "Timing"),
    "VISITDY": ("Planned Study Day of Visit", "Timing"),
    "IETESTCD": ("Inclusion/Exclusion Criterion Short Name", "Topic"),
    "IETEST": ("Inclusion/Exclusion Criterion", "Synonym Qualifier"),
    "IECAT": ("Inclusion/Exclusion Category", "Grouping Qualifier"),
    "IEORRES": ("I/E Criterion Original Result", "Result Qualifier"),
    "IESTRESC": ("I/E Criterion Result in Std Format", "Result Qualifier"),
    "TIVERS": ("Protocol Criteria Versions", "Record Qualifier"),
    "ARMCD": ("Planned Arm Code", "Topic"),
    "ARM": ("Description of Planned Arm", "Synonym Qualifier"),
    "TAETORD": ("Planned Order of Element within Arm", "Timing"),
    "ETCD": ("Element Code", "Record Qualifier"),
    "ELEMENT": ("Description of Element", "Synonym Qualifier"),
    "TABRANCH": ("Branch", "Rule"),
    "EPOCH": ("Epoch", "Timing"),
    "TESTRL": ("Rule for Start of Element", "Rule"),
    "TEENRL": ("Rule for End of Element", "Rule"),
    "TVSTRL": ("Visit Start Rule", "Rule"),
    "TSPARMCD": ("Trial Summary Parameter Short Name", "Topic"),
    "TSPARM": ("Trial Summary Parameter", "Synonym Qualifier"),
    "TSVAL": ("Parameter Value", "Result Qualifier"),
    "AETOXGR": ("Standard Toxicity Grade", "Variable Qualifier"),
    "AESER": ("Serious Event", "Record Qualifier"),
    "AEREL": ("Causality", "Record Qualifier"),
    "AEOUT": ("Outcome of Adverse Event", "Record Qualifier"),
    "ECDOSE": ("Dose", "Record Qualifier"),
    "ECDOSU": ("Dose Units", "Variable Qualifier"),
    "ECROUTE": ("Route of Administration", "Variable Qualifier"),
    "ECADJ": ("Reason for Dose Adjustment", "Record Qualifier"),
    "EXDOSE": ("Dose", "Record Qualifier"),
    "EXDOSU": ("Dose Units", "Variable Qualifier"),
    "EXROUTE": ("Route of Administration", "Variable Qualifier"),
    "EXLOT": ("Lot Number", "Record Qualifier"),
    "EXADJ": ("Reason for Dose Adjustment", "Record Qualifier"),
    "PRDOSE": ("Dose", "Record Qualifier"),
    "HODISP": ("Disposition After the Encounter", "Record Qualifier"),
    "-INDC": ("Indication", "Record Qualifier"),
    "-SEV": ("Severity/Intensity", "Record Qualifier"),
    "-SEQ": ("Sequence Number", "Identifier"),
    "-REFID": ("Reference ID", "Identifier"),
    "-TERM": ("Reported Term", "Topic"),
    "-TRT": ("Reported Name of Treatment", "Topic"),
    "-DECOD": ("Standardized Term", "Synonym Qualifier"),
    "-CAT": ("Category", "Grouping Qualifier"),
    "-SCAT": ("Subcategory", "Grouping Qualifier"),
    "-PRESP": ("Pre-specified", "Variable Qualifier"),
    "-OCCUR": ("Occurrence", "Record Qualifier"),
    "-STAT": ("Completion Status", "Record Qualifier"),
    "-REASND": ("Reason Not Done", "Record Qualifier"),
    "-TESTCD": ("Short Name of Measurement, Test or Exam", "Topic"),
    "-TEST": ("Name of Measurement, Test or Examination", "Synonym Qualifier"),
    "-ORRES": ("Result or Finding in Original Units", "Result Qualifier"),
    "-ORRESU": ("Original Units", "Variable Qualifier"),
    "-STRESC": ("Character Result/Finding in Std Format", "Result Qualifier"),
    "-STRESN": ("Numeric Result/Finding in Standard Units", "Result Qualifier"),
    "-STRESU": ("Standard Units", "Variable Qualifier"),
    "-SPEC": ("Specimen Type", "Record Qualifier"),
    "-METHOD": ("Method of Test or Examination", "Record Qualifier"),
    "-DTC": ("Date/Time of Collection", "Timing"),
    "-STDTC": ("Start Date/Time", "Timing"),
    "-ENDTC": ("End Date/Time", "Timing"),
    "-TPT": ("Planned Time Point Name", "Timing"),
    "-TPTNUM": ("Planned Time Point Number", "Timing"),
    "-TPTREF": ("Time Point Reference", "Timing"),
}
INTEGERS = {"AGE", "VISITDY", "TAETORD", "-SEQ", "-TPTNUM"}
FLOATS = {"VISITNUM", "-STRESN", "ECDOSE", "EXDOSE", "PRDOSE"}


@dataclass(frozen=True)
class Variable:
    """kind: string, integer or float in Dataset-JSON; instant: an ISO 8601 date or date and time."""

    name: str
    label: str
    role: str
    kind: str
    instant: bool


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


def variable(code: str, name: str) -> Variable:
    known = name if name in LABELS else "-" + name.removeprefix(code)
    label, role = LABELS[known]
    kind = "integer" if known in INTEGERS else "float" if known in FLOATS else "string"
    return Variable(name, label, role, kind, name.endswith("DTC"))


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


FINDING = "-SEQ -TESTCD -TEST -CAT -ORRES -ORRESU -STRESC -STRESN -STRESU -STAT -REASND"
PER_SUBJECT = "One record per {} per subject"
PER_TEST = PER_SUBJECT.format("test per time")
TEST, AT_VISIT = "USUBJID -TESTCD -DTC", "VISITNUM VISIT -DTC"
DEMOGRAPHICS = "SUBJID RFSTDTC RFENDTC RFICDTC DTHDTC DTHFL SITEID BRTHDTC AGE AGEU SEX"


def demographics(names: str) -> Domain:
    structure = "One record per subject"
    return domain("DM", "Demographics", "SPECIAL PURPOSE", structure, keys="USUBJID", forms="SU", names=names)


DOMAINS = (
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
        names="VISITNUM VISIT -STDTC",
    ),
    domain(
        "CM", "Concomitant Medications", "INTERVENTIONS", PER_SUBJECT.format("medication"), forms="CM CH SC",
        keys="USUBJID -TRT -STDTC", names="-SEQ -TRT -CAT -PRESP -OCCUR -INDC -STDTC -ENDTC",
    ),
    domain(
        "EC", "Exposure as Collected", "INTERVENTIONS", PER_SUBJECT.format("infusion"), forms="IN",
        keys="USUBJID -STDTC", names="-SEQ -REFID -TRT -CAT -OCCUR ECDOSE ECDOSU ECROUTE ECADJ -STDTC -ENDTC",
    ),
    domain(
        "PR", "Procedures", "INTERVENTIONS", PER_SUBJECT.format("period of support"), forms="RS",
        keys="USUBJID -TRT -STDTC", names="-SEQ -TRT -CAT PRDOSE -STDTC -ENDTC",
    ),
    domain(
        "AE", "Adverse Events", "EVENTS", PER_SUBJECT.format("event"), forms="AE", keys="USUBJID -TERM -STDTC",
        names="-SEQ -TERM AESER AEREL AEOUT AETOXGR -STDTC -ENDTC",
    ),
    domain(
        "CE", "Clinical Events", "EVENTS", PER_SUBJECT.format("symptom per visit"), forms="SC SY",
        keys="USUBJID -TERM -DTC", names="-SEQ -TERM -CAT -PRESP -OCCUR -STAT -REASND -SEV VISITNUM VISIT -DTC",
    ),
    domain(
        "DS", "Disposition", "EVENTS", PER_SUBJECT.format("disposition status or protocol milestone"),
        forms="CO EL RA WD EN CB EO", keys="USUBJID -DECOD -STDTC", names="-SEQ -TERM -DECOD -CAT -SCAT -STDTC",
    ),
    domain(
        "HO", "Healthcare Encounters", "EVENTS", PER_SUBJECT.format("hospital stay"), forms="HO",
        keys="USUBJID -STDTC", names="-SEQ -TERM HODISP -STDTC -ENDTC",
    ),
    domain(
        "MH", "Medical History", "EVENTS", PER_SUBJECT.format("condition"), forms="SC CH MH",
        keys="USUBJID -TERM -STDTC", names="-SEQ -TERM -CAT -PRESP -OCCUR -STAT -REASND -STDTC -ENDTC",
    ),
    domain(
        "EG", "ECG Test Results", "FINDINGS", PER_TEST, forms="EG", keys=TEST, names=f"{FINDING} {AT_VISIT}",
    ),
    domain(
        "FT", "Functional Tests", "FINDINGS", PER_TEST, forms="WT", keys=TEST, names=f"{FINDING} {AT_VISIT}",
    ),
    domain(
        "IE", "Inclusion/Exclusion Criteria Not Met", "FINDINGS", PER_SUBJECT.format("criterion not met"),
        forms="EL", keys="USUBJID IETESTCD -DTC", names="-SEQ IETESTCD IETEST IECAT IEORRES IESTRESC -DTC",
    ),
    domain(
        "IS", "Immunogenicity Specimen Assessments", "FINDINGS", PER_TEST, forms="SE", keys=TEST,
        names=f"{FINDING} {AT_VISIT}",
    ),
    domain(
        "LB", "Laboratory Test Results", "FINDINGS", PER_TEST, forms="LB LH LC LK PT", keys=TEST,
        names=f"{FINDING} -SPEC {AT_VISIT}",
    ),
    domain(
        "MB", "Microbiology Specimen", "FINDINGS", PER_TEST, forms="PC SC", keys="USUBJID -TESTCD -METHOD -DTC",
        names=f"{FINDING} -SPEC -METHOD {AT_VISIT}",
    ),
    domain(
        "RE", "Respiratory System Findings", "FINDINGS", PER_TEST, forms="LF CT", keys=TEST,
        names=f"{FINDING} {AT_VISIT}",
    ),
    domain(
        "RS", "Disease Response and Clin Classification", "FINDINGS", PER_TEST, forms="CP NS DY RI", keys=TEST,
        names=f"{FINDING} {AT_VISIT}",
    ),
    domain(
        "VS", "Vital Signs", "FINDINGS", PER_TEST, forms="SC OR IV VS DY WT", keys=f"{TEST} -TPTNUM",
        names=f"{FINDING} {AT_VISIT} -TPT -TPTNUM -TPTREF",
    ),
)  # fmt: skip
# Instead of DM and beside the rest, once the study is unblinded.
UNBLINDED = (
    demographics(f"{DEMOGRAPHICS} ARMCD ARM ACTARMCD ACTARM ARMNRS"),
    *(each for each in DOMAINS if each.code != "DM"),
    domain(
        "EX", "Exposure", "INTERVENTIONS", PER_SUBJECT.format("infusion"), forms="IN", keys="USUBJID -TRT -STDTC",
        names="-SEQ -REFID -TRT -CAT EXDOSE EXDOSU EXROUTE EXLOT EXADJ -STDTC -ENDTC",
    ),
)  # fmt: skip
