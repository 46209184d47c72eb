"""The registry record and the defaults of its 36 ambiguities, written down a second time with plain ifs.

It shares no line with enrollment.rules and knows no protocol file: numbers stand where they are used. It takes
facts as parsed JSON and answers with one letter per criterion: Y met, N not met, U cannot be determined, W not
yet.
"""

import calendar
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

SYMPTOMS = [
    "fever",
    "cough",
    "tachypnoea",
    "sore_throat",
    "fatigue",
    "taste_smell_loss",
    "diarrhoea",
    "other",
]
LISTED_DISEASES = ["cardiovascular", "lung", "diabetes", "liver", "kidney"]


class Reader(dict):
    """Facts by name: absent is None; dates and exact numbers on request."""

    def __missing__(self, name: str) -> None:
        return None

    def day(self, name: str) -> date | None:
        return date.fromisoformat(self[name]) if self[name] else None

    def span(self, name: str) -> tuple[date, date] | None:
        """The earliest and the latest day that a date of which the day or the month is missing can mean."""
        if not self[name]:
            return None
        numbers = [int(part) for part in self[name].split("-")]
        if len(numbers) == 3:
            return date(*numbers), date(*numbers)
        year, first, last = numbers[0], *(numbers[1:] * 2 or [1, 12])
        return date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])

    def number(self, name: str) -> Fraction | None:
        return None if self[name] is None else Fraction(str(self[name]))


def shift(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def birthday_count(born: date, day: date) -> int:
    years = day.year - born.year
    if day.month < born.month or (day.month == born.month and day.day < born.day):
        years -= 1
    return years


def three_months_later(day: date) -> date:
    month, year = day.month + 3, day.year
    if month > 12:
        month, year = month - 12, year + 1
    if year > 9999:
        return date.max
    while True:
        if day.day <= calendar.monthrange(year, month)[1]:
            return date(year, month, day.day)
        day = day - timedelta(days=1)


def yes_no(answer: str | None, *, good: str) -> str:
    if answer not in ("yes", "no"):
        return "U"
    return "Y" if answer == good else "N"


def both(*letters: str) -> str:
    for letter in "NUW":
        if letter in letters:
            return letter
    return "Y"


def either(*letters: str) -> str:
    for letter in "YWU":
        if letter in letters:
            return letter
    return "N"


def other_symptom(f: Reader) -> str:
    letter = yes_no(f["symptom_other"], good="yes")
    return "U" if letter == "Y" and not f["symptom_other_text"] else letter


def symptom(f: Reader, name: str) -> str:
    return other_symptom(f) if name == "other" else yes_no(f["symptom_" + name], good="yes")


def onset(f: Reader) -> date | None:
    if f["symptom_onset_date"]:
        return f.day("symptom_onset_date")
    silent = all(f["symptom_" + name] == "no" for name in SYMPTOMS) and f["manifestations_confirmed"] == "no"
    if not silent:
        return None
    positives = [
        f.day(test + "_sample_date")
        for test in ("pcr", "antigen", "culture")
        if f[test + "_result"] == "positive"
    ]
    known = [day for day in positives if day]
    return min(known) if known else None


def consent(f: Reader, today: date) -> str:
    signed = f.day("consent_date")
    return "U" if signed is None or signed > today else "Y"


def window(f: Reader, today: date) -> str:
    start = onset(f)
    if start is None:
        return "U"
    if f["symptom_onset_date"] and start > today:
        return "U"
    dose = max(f.day("planned_infusion_date") or today, today)
    if dose < shift(start, 10):
        return "W"
    return "N" if dose > shift(start, 15) else "Y"


def age_at_consent(f: Reader) -> int | None:
    born, signed = f.day("birth_date"), f.day("consent_date")
    if born is None or signed is None or born > signed:
        return None
    return birthday_count(born, signed)


def age(f: Reader) -> str:
    years = age_at_consent(f)
    if years is None:
        return "U"
    return "Y" if 18 <= years <= 85 else "N"


def room_air(f: Reader) -> bool | None:
    if f["oxygen_device"] is None:
        return None
    return f["oxygen_device"] == "none"


def severe_rate(f: Reader) -> str:
    rate = f["respiratory_rate"]
    return "U" if rate is None else "N" if rate >= 30 else "Y"


def severe_saturation(f: Reader) -> str:
    if f["spo2_percent"] is None or not room_air(f):
        return "U"
    return "N" if f["spo2_percent"] <= 93 else "Y"


def severe_blood_gas(f: Reader) -> str:
    ratio = f.number("pao2_fio2_mmhg")
    if ratio is not None:
        return "N" if ratio <= 300 else "Y"
    if f["blood_gas"] != "not_indicated":
        return "U"
    fine = severe_rate(f) == "Y" and severe_saturation(f) == "Y"
    return "Y" if fine else "U"


def severe_progression(f: Reader) -> str:
    grew = {"yes": "Y", "no": "N", "single_ct": "N"}.get(f["lesion_progression"], "U")
    severe = both(grew, yes_no(f["symptoms_worsening"], good="yes"))
    return {"Y": "N", "N": "Y"}.get(severe, "U")


def ventilation(f: Reader) -> str:
    if f["oxygen_device"] in ("invasive", "non_invasive"):
        return "N"
    return yes_no(f["mechanical_ventilation"], good="no")


def manifestations(f: Reader) -> str:
    return both(
        either(*(symptom(f, name) for name in SYMPTOMS)), yes_no(f["manifestations_confirmed"], good="yes")
    )


def positive(f: Reader, test: str, today: date) -> str:
    result, sampled, start = f[test + "_result"], f.day(test + "_sample_date"), onset(f)
    if result in (None, "indeterminate"):
        return "U"
    if result != "positive":
        return "N"
    if sampled is None or sampled > today or start is None:
        return "U"
    return "Y" if sampled >= shift(start, -3) else "N"


def igg(f: Reader, today: date) -> str:
    first, second = f.day("igg_acute_date"), f.day("igg_convalescent_date")
    low, high = f.number("igg_acute_titre"), f.number("igg_convalescent_titre")
    if first is None or second is None or low is None or high is None:
        return "N" if f["igg_paired"] == "no" else "U"
    if first > today or second > today:
        return "U"
    if (second - first).days < 7:
        return "N"
    start = onset(f)
    episode = "U" if start is None else "Y" if first >= shift(start, -3) else "N"
    return both(episode, "Y" if high >= 4 * low else "N")


def fever_or_sign(f: Reader) -> str:
    heat, days = f.number("highest_temperature_c"), f["high_fever_days"]
    hot = "U" if heat is None else "Y" if heat >= 39 else "N"
    long = "U" if days is None else "Y" if days > 3 else "N"
    return either(both(hot, long), symptom(f, "cough"), symptom(f, "tachypnoea"), other_symptom(f))


def rate(f: Reader) -> str:
    value = f["respiratory_rate"]
    return "U" if value is None else "Y" if value < 30 else "N"


def saturation(f: Reader) -> str:
    if f["spo2_percent"] is None or not room_air(f):
        return "U"
    return "Y" if f["spo2_percent"] > 93 else "N"


def imaging(f: Reader, today: date) -> str:
    taken = f.day("imaging_date")
    if taken is None or not f["imaging_read_by"] or f["imaging_modality"] != "ct":
        return "U"
    if taken > today or today > shift(taken, 3):
        return "U"
    return yes_no(f["imaging_pneumonia"], good="yes")


def over_65(f: Reader) -> str:
    years = age_at_consent(f)
    return "U" if years is None else "Y" if years >= 66 else "N"


def disease(f: Reader) -> str:
    other = yes_no(f["disease_other"], good="yes")
    if other == "Y":
        named = "Y" if f["disease_other_text"] else "U"
        other = both(named, yes_no(f["disease_other_accepted"], good="yes"))
    return either(*(yes_no(f["disease_" + name], good="yes") for name in LISTED_DISEASES), other)


def obesity(f: Reader) -> str:
    height, weight = f.number("height_cm"), f.number("weight_kg")
    if height is None or weight is None:
        return "U"
    return "Y" if weight / (height / 100) ** 2 >= 30 else "N"


def can_be_pregnant(f: Reader, today: date) -> str:
    if f["sex"] == "male":
        return "N"
    if f["childbearing_potential"] in ("yes", "no"):
        return "Y" if f["childbearing_potential"] == "yes" else "N"
    born = f.day("birth_date")
    if born is None or born > today:
        return "U"
    return "U" if 12 <= birthday_count(born, today) <= 60 else "N"


def perinatal(f: Reader, today: date) -> str:
    asked = f["recent_delivery"] in ("yes", "no")
    if f["sex"] == "male" or f["recent_delivery"] == "no":
        return "N"
    if not asked and can_be_pregnant(f, today) == "N":
        return "N"
    if f["pregnant"] == "yes" or f["lactating"] == "yes" or f["pregnancy_test_result"] == "positive":
        return "N"
    born = f.day("delivery_date")
    if not asked or f["lactating"] != "no" or f["pregnancy_test_result"] != "negative":
        return "U"
    if born is None or born > today:
        return "U"
    return "Y" if (today - born).days <= 28 else "N"


def smoker(f: Reader) -> str:
    if f["smoking_status"] in (None, "unknown"):
        return "U"
    if f["smoking_status"] != "current":
        return "N"
    daily, years = f["cigarettes_per_day"], f.number("pack_years")
    return either(
        "U" if daily is None else "Y" if daily >= 20 else "N",
        "U" if years is None else "Y" if years >= 20 else "N",
    )


def dose_day(f: Reader, today: date) -> date:
    if f["planned_infusion_date"]:
        return max(f.day("planned_infusion_date") or today, today)
    start = onset(f)
    return max(shift(start, 10), today) if start else today


def tumour(f: Reader) -> str:
    growth = "U" if f["tumour"] in (None, "unknown") else "Y" if f["tumour"] == "none" else "N"
    lesion = "U" if f["precancer"] in (None, "unknown") else "N" if f["precancer"] == "confirmed" else "Y"
    return both(growth, lesion)


def infarction(f: Reader, organ: str, today: date) -> str:
    kind, span = f[organ + "_infarction"], f.span(organ + "_infarction_date")
    if kind == "ongoing":
        return "N"
    if kind == "none":
        return "Y"
    if kind != "past" or span is None or span[0] > today:
        return "U"
    early, late = span[0], min(span[1], today)
    if (dose_day(f, today) - late).days > 28:
        return "Y"
    return "N" if (dose_day(f, today) - early).days <= 28 else "U"


def pregnancy(f: Reader, today: date) -> str:
    if f["pregnant"] == "yes" or f["lactating"] == "yes" or f["pregnancy_test_result"] == "positive":
        return "N"
    if can_be_pregnant(f, today) == "N":
        return "Y"
    sampled = f.day("pregnancy_test_date")
    if f["sex"] is None or f["pregnant"] != "no" or f["lactating"] != "no":
        return "U"
    if f["pregnancy_test_result"] != "negative" or sampled is None or sampled > today:
        return "U"
    return "Y" if dose_day(f, today) <= shift(sampled, 3) else "U"


def virus(f: Reader, name: str) -> str:
    result = f[name + "_result"]
    if result == "not_done" and f["untested_virus_note"]:
        return "Y"
    return {"positive": "N", "negative": "Y"}.get(result, "U")


def other_trial(f: Reader) -> str:
    if f["other_trial"] in (None, "unknown"):
        return "U"
    if f["other_trial"] == "none":
        return "Y"
    span, signed = f.span("other_trial_last_date"), f.day("consent_date")
    if span is None or signed is None:
        return "U"
    if signed < three_months_later(span[0]):
        return "N"
    if signed < three_months_later(span[1]):
        return "U"
    return "Y" if f["other_trial"] == "finished" else yes_no(f["other_trial_accepted"], good="yes")


def own_consent(f: Reader) -> str:
    return {"participant": "Y", "representative": "N"}.get(f["consent_by"], "U")


def letters(document: dict[str, Any], today: date) -> dict[str, str]:
    """One letter per criterion and group, and under ALL the verdict."""
    f = Reader(document)
    found = {
        "CONSENT": consent(f, today),
        "WINDOW": window(f, today),
        "IN01a": age(f),
        "IN01b1": severe_rate(f),
        "IN01b2": severe_saturation(f),
        "IN01b3": severe_blood_gas(f),
        "IN01b4": severe_progression(f),
        "IN01b5": ventilation(f),
        "IN01b6": yes_no(f["shock"], good="no"),
        "IN01b7": yes_no(f["organ_failure_icu"], good="no"),
        "IN02": manifestations(f),
        "IN03a": positive(f, "pcr", today),
        "IN03b": positive(f, "antigen", today),
        "IN03c": positive(f, "culture", today),
        "IN03d": igg(f, today),
        "IN04a": fever_or_sign(f),
        "IN04b": rate(f),
        "IN04c": saturation(f),
        "IN04d": imaging(f, today),
        "IN05a": over_65(f),
        "IN05b": disease(f),
        "IN05c": yes_no(f["immune_deficiency"], good="yes"),
        "IN05d": obesity(f),
        "IN05e": perinatal(f, today),
        "IN05f": smoker(f),
        "EX01": tumour(f),
        "EX02": both(infarction(f, "myocardial", today), infarction(f, "cerebral", today)),
        "EX03": pregnancy(f, today),
        "EX04": yes_no(f["mental_illness"], good="no"),
        "EX05": yes_no(f["addiction"], good="no"),
        "EX06": both(own_consent(f), yes_no(f["poor_compliance"], good="no")),
        "EX07": both(
            yes_no(f["active_tuberculosis"], good="no"),
            virus(f, "influenza"),
            virus(f, "adenovirus"),
            virus(f, "other_virus"),
        ),
        "EX08": yes_no(f["unsuitable_for_cells"], good="no"),
        "EX09": other_trial(f),
    }
    for group in ("IN01b", "IN04"):
        found[group] = both(*(v for k, v in found.items() if k.startswith(group) and k != group))
    for group in ("IN03", "IN05"):
        found[group] = either(*(v for k, v in found.items() if k.startswith(group) and k != group))
    found["ALL"] = whole(found)
    return found


def whole(found: dict[str, str]) -> str:
    """Consent AND age AND window AND manifestations AND a test AND moderate AND a risk factor AND no exclusion."""
    top = [
        letter
        for code, letter in found.items()
        if code in ("CONSENT", "WINDOW", "IN01a", "IN01b", "IN02", "IN03", "IN04", "IN05")
        or code.startswith("EX")
    ]
    return both(*top)
