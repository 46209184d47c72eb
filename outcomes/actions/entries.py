"""Recording and amending forms that belong to no visit: histories, logs, daily status, death, end of study."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from dosing.actions.queries import ask
from enrollment.actions.subjects import SINCE_CONSENT, lock
from enrollment.models import Ending, EndingKind, Subject
from enrollment.selectors import protocol_of
from outcomes.actions import edit_checks
from outcomes.actions.blind import require_blind, task_for
from outcomes.actions.drafts import forget, place_of
from outcomes.actions.notices import tell_of_pregnancy
from outcomes.models import OTHER_MODELS, LogEntry, OnceForm, Pregnancy
from outcomes.rules.checks import Findings, beyond, day_of, doubts_within, impossible
from outcomes.rules.endings import end_against_records
from outcomes.rules.sheets import SHEETS, Kind
from outcomes.selectors import ends_on_record, entries_of, follow_up_ended_on, person_of, values_of
from outcomes.selectors.visits import course_of, with_course
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.checks import Concern
from trial_site.core.errors import Refused
from trial_site.core.records import amend
from trial_site.monitoring.actions import close_settled
from trial_site.monitoring.selectors import ref_of

# What is known of the end itself is written down after it.
ABOUT_THE_END = ("DD", "EO", "HO", "RS", "CM", "PG")


@action
def record_entry(
    subject: Subject,
    *,
    form: str,
    values: Mapping[str, Any],
    concerns: Iterable[Concern] = (),
    by: Actor,
    at: datetime,
) -> OnceForm | LogEntry:
    """A new record of a form outside visits. `concerns` are the confirmed soft checks; each leaves a query."""
    require_blind(by, task_for(form), subject)
    lock(subject, *SINCE_CONSENT)
    edit_checks.refuse(impossible_entry(subject, form, values, at=at), form)
    entry = OTHER_MODELS[form](subject=subject, **values, **_numbered(subject, form, values, at=at))
    entry.save()
    if isinstance(entry, Pregnancy):
        tell_of_pregnancy(entry, at=at)
    ask(ref_of(form, entry), concerns, at=at)
    forget(subject, form=form, place=place_of(form, None, by=by), by=by)
    return entry


@action
def amend_entry(
    entry: OnceForm | LogEntry,
    *,
    values: Mapping[str, Any],
    version: int,
    reason: str,
    concerns: Iterable[Concern] = (),
    by: Actor,
    at: datetime,
) -> list[str]:
    """Change or complete a record; returns the changed fields. Queries that no longer have to be asked close."""
    form = next(code for code, model in OTHER_MODELS.items() if isinstance(entry, model))
    require_blind(by, task_for(form), entry.subject)
    lock(entry.subject, *SINCE_CONSENT)
    edit_checks.refuse(impossible_entry(entry.subject, form, {**values_of(entry), **values}, at=at), form)
    changed = amend(entry, values, version=version, reason=reason)
    saved = values_of(entry)
    doubted = beyond(form, saved) | set(doubts_within(form, saved))
    close_settled(ref_of(form, entry), changed=changed, doubted=doubted, at=at)
    ask(ref_of(form, entry), [concern for concern in concerns if concern.field in changed], at=at)
    forget(entry.subject, form=form, place=place_of(form, entry, by=by), by=by)
    return changed


def impossible_entry(subject: Subject, form: str, values: Mapping[str, Any], *, at: datetime) -> Findings:
    """What cannot be true of a record outside visits, as findings."""
    found, sheet = impossible(form, values, person_of(subject, at=at)), SHEETS[form]
    ended_on, moment = follow_up_ended_on(subject), values.get(sheet.moment)
    after = ended_on and moment and day_of(moment, subject.site.tz) > ended_on
    if after and form not in ABOUT_THE_END:
        found.setdefault(sheet.moment, "after_end")
    if (
        form == "DD"
        and not Ending.objects.filter(subject=subject, kind=EndingKind.DEATH, stands=True).exists()
    ):
        found.setdefault(sheet.moment, "no_death")
    if form == "PG" and values.get("whose") == Pregnancy.Whose.PARTICIPANT:
        found |= _not_pregnant(subject, at=at)
    if form == "EO":
        found = end_against_records(values, ends_on_record(subject)) | found
    return found


def _not_pregnant(subject: Subject, *, at: datetime) -> Findings:
    return {"whose": "not_pregnant"} if person_of(subject, at=at).sex == "male" else {}


def _numbered(subject: Subject, form: str, values: Mapping[str, Any], *, at: datetime) -> dict[str, int]:
    """The number of a new entry: the day of a daily status, else the next one."""
    kind, recorded = SHEETS[form].kind, entries_of(subject, form)
    if kind == Kind.ONCE:
        if recorded.exists():
            raise Refused(_("This form is recorded already. Open it to change it."))
        return {}
    number = recorded.count() + 1
    if kind == Kind.DAILY:
        number = _study_day(subject, values["on"], at=at)
        if recorded.filter(number=number).exists():
            raise Refused(_("This form is recorded already. Open it to change it."))
    return {"number": number}


def _study_day(subject: Subject, on: date, *, at: datetime) -> int:
    course = course_of(with_course(Subject.objects.filter(pk=subject.pk)).get(), on=subject.site.date_of(at))
    day = (on - course.anchor).days if course and course.settled else -1
    if not 0 <= day <= protocol_of(subject).daily_status_last_day:
        raise Refused(_("The protocol plans no such form for this participant."))
    return day
