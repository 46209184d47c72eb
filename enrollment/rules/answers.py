"""The coded answers of the screening form. None, everywhere, means that nothing is recorded."""

from enrollment.rules.wording import Choice, _


class Answer(Choice):
    YES = "yes", _("yes")
    NO = "no", _("no")
    UNKNOWN = "unknown", _("unknown")


class Sex(Choice):
    FEMALE = "female", _("female")
    MALE = "male", _("male")


class ConsentBy(Choice):
    PARTICIPANT = "participant", _("participant in person")
    REPRESENTATIVE = "representative", _("legal representative")


class TestResult(Choice):
    POSITIVE = "positive", _("positive")
    NEGATIVE = "negative", _("negative")
    INDETERMINATE = "indeterminate", _("indeterminate or pending")
    NOT_DONE = "not_done", _("not done")


class TemperatureSite(Choice):
    AXILLA = "axilla", _("axilla")
    EAR = "ear", _("ear")
    FOREHEAD = "forehead", _("forehead")
    MOUTH = "mouth", _("mouth")
    RECTUM = "rectum", _("rectum")


class OxygenDevice(Choice):
    NONE = "none", _("none (room air)")
    NASAL_CANNULA = "nasal_cannula", _("nasal cannula")
    MASK = "mask", _("mask")
    HIGH_FLOW = "high_flow", _("high-flow oxygen")
    NON_INVASIVE = "non_invasive", _("non-invasive ventilation")
    INVASIVE = "invasive", _("invasive ventilation")


class BloodGas(Choice):
    DONE = "done", _("done")
    NOT_INDICATED = "not_indicated", _("not done, not indicated")
    NOT_DONE = "not_done", _("not done although indicated")


class Modality(Choice):
    CT = "ct", _("chest CT")
    XRAY = "xray", _("chest X-ray")


class Progression(Choice):
    YES = "yes", _("yes, by more than half")
    NO = "no", _("no")
    SINGLE_CT = "single_ct", _("single CT; the investigator states no progression")
    UNKNOWN = "unknown", _("unknown")


class Smoking(Choice):
    NEVER = "never", _("never")
    FORMER = "former", _("former smoker")
    CURRENT = "current", _("current smoker")
    UNKNOWN = "unknown", _("unknown")


class Tumour(Choice):
    NONE = "none", _("none")
    BENIGN = "benign", _("benign")
    IN_SITU = "in_situ", _("in situ or non-melanoma skin cancer")
    MALIGNANT = "malignant", _("malignant")
    UNSPECIFIED = "unspecified", _("kind not established")
    UNKNOWN = "unknown", _("unknown")


class Precancer(Choice):
    NONE = "none", _("none")
    SUSPECTED = "suspected", _("suspected, not confirmed by pathology")
    CONFIRMED = "confirmed", _("confirmed by pathology")
    UNKNOWN = "unknown", _("unknown")


class Infarction(Choice):
    NONE = "none", _("never")
    PAST = "past", _("in the past")
    ONGOING = "ongoing", _("ongoing")
    UNKNOWN = "unknown", _("unknown")


class OtherTrial(Choice):
    NONE = "none", _("none")
    FINISHED = "finished", _("finished, follow-up included")
    IN_FOLLOW_UP = "in_follow_up", _("still under treatment or in follow-up")
    UNKNOWN = "unknown", _("unknown")


class Source(Choice):
    CHART = "chart", _("medical record")
    LABORATORY = "laboratory", _("laboratory report")
    ROUTINE_CARE = "routine_care", _("routine care before consent")
    DIRECT = "direct", _("entered directly")
