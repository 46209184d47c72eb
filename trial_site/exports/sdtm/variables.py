"""The variables of SDTM 2.0 that are used here, with labels, types and roles as the model gives them."""

from dataclasses import dataclass

# Name or ending after the domain's two letters -> label, role.
LABELS = {
    "STUDYID": ("Study Identifier", "Identifier"),
    "DOMAIN": ("Domain Abbreviation", "Identifier"),
    "USUBJID": ("Unique Subject Identifier", "Identifier"),
    "SUBJID": ("Subject Identifier for the Study", "Topic"),
    "SITEID": ("Study Site Identifier", "Record Qualifier"),
    "RFSTDTC": ("Subject Reference Start Date/Time", "Record Qualifier"),
    "RFENDTC": ("Subject Reference End Date/Time", "Record Qualifier"),
    "RFXSTDTC": ("Date/Time of First Study Treatment", "Record Qualifier"),
    "RFXENDTC": ("Date/Time of Last Study Treatment", "Record Qualifier"),
    "RFPENDTC": ("Date/Time of End of Participation", "Record Qualifier"),
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
    "AESLIFE": ("Is Life Threatening", "Record Qualifier"),
    "AESHOSP": ("Requires or Prolongs Hospitalization", "Record Qualifier"),
    "AESDISAB": ("Persist or Signif Disability/Incapacity", "Record Qualifier"),
    "AESCONG": ("Congenital Anomaly or Birth Defect", "Record Qualifier"),
    "AESMIE": ("Other Medically Important Serious Event", "Record Qualifier"),
    "AEACNOTH": ("Other Action Taken", "Record Qualifier"),
    "AESER": ("Serious Event", "Record Qualifier"),
    "AEREL": ("Causality", "Record Qualifier"),
    "AEOUT": ("Outcome of Adverse Event", "Record Qualifier"),
    "EXLOT": ("Lot Number", "Record Qualifier"),
    "HODISP": ("Disposition After the Encounter", "Record Qualifier"),
    "CMDOSTXT": ("Dose Description", "Record Qualifier"),
    "LBORNRLO": ("Reference Range Lower Limit in Orig Unit", "Variable Qualifier"),
    "LBORNRHI": ("Reference Range Upper Limit in Orig Unit", "Variable Qualifier"),
    "LBSTNRLO": ("Reference Range Lower Limit-Std Units", "Variable Qualifier"),
    "LBSTNRHI": ("Reference Range Upper Limit-Std Units", "Variable Qualifier"),
    "LBNRIND": ("Reference Range Indicator", "Variable Qualifier"),
    "RDOMAIN": ("Related Domain Abbreviation", "Identifier"),
    "IDVAR": ("Identifying Variable", "Identifier"),
    "IDVARVAL": ("Identifying Variable Value", "Identifier"),
    "QNAM": ("Qualifier Variable Name", "Topic"),
    "QLABEL": ("Qualifier Variable Label", "Synonym Qualifier"),
    "QVAL": ("Data Value", "Result Qualifier"),
    "QORIG": ("Origin", "Record Qualifier"),
    "-DOSE": ("Dose", "Record Qualifier"),
    "-DOSU": ("Dose Units", "Variable Qualifier"),
    "-DOSFRQ": ("Dosing Frequency per Interval", "Record Qualifier"),
    "-ROUTE": ("Route of Administration", "Variable Qualifier"),
    "-ADJ": ("Reason for Dose Adjustment", "Record Qualifier"),
    "-TOXGR": ("Standard Toxicity Grade", "Variable Qualifier"),
    "-EVAL": ("Evaluator", "Record Qualifier"),
    "-INDC": ("Indication", "Record Qualifier"),
    "-SEV": ("Severity/Intensity", "Record Qualifier"),
    "-SEQ": ("Sequence Number", "Identifier"),
    "-SPID": ("Sponsor-Defined Identifier", "Identifier"),
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
    "-DY": ("Study Day of Visit/Collection/Exam", "Timing"),
    "-STDY": ("Study Day of Start", "Timing"),
    "-ENDY": ("Study Day of End", "Timing"),
    "-TPT": ("Planned Time Point Name", "Timing"),
    "-TPTNUM": ("Planned Time Point Number", "Timing"),
    "-ELTM": ("Planned Elapsed Time from Time Point Ref", "Timing"),
    "-TPTREF": ("Time Point Reference", "Timing"),
}
INTEGERS = {"AGE", "VISITDY", "TAETORD", "-SEQ", "-TPTNUM", "-DY", "-STDY", "-ENDY"}
FLOATS = {"VISITNUM", "-STRESN", "-DOSE", "LBSTNRLO", "LBSTNRHI"}


@dataclass(frozen=True)
class Variable:
    """kind: string, integer or float in Dataset-JSON; instant: an ISO 8601 date or date and time."""

    name: str
    label: str
    role: str
    kind: str
    instant: bool


def variable(code: str, name: str) -> Variable:
    known = name if name in LABELS else "-" + name.removeprefix(code)
    label, role = LABELS[known]
    kind = "integer" if known in INTEGERS else "float" if known in FLOATS else "string"
    return Variable(name, label, role, kind, name.endswith("DTC"))
