"""The draft of the screening form: kept while somebody types, so that neither a lost connection nor a changed mind
after a verdict is lost."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from enrollment.actions.subjects import lock
from enrollment.models import ChangeAfterVerdict, ScreeningDraft, Subject, SubjectState
from enrollment.rules import Verdict, assess
from enrollment.rules.memory import Replaced, memory_as_json, remember, replaced
from enrollment.selectors import (
    changes_after_verdict,
    draft_of,
    facts_from,
    facts_of,
    memory_of,
    owes_a_reason,
    protocol_of,
    typed_facts,
)
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.drafts import Typed, others_draft, refuse_other_draft
from trial_site.core.errors import Refused
from trial_site.core.permissions import Task, require

SCREENED_NOW = (SubjectState.CONSENTED,)


@action
def keep_draft(
    subject: Subject, *, typed: Typed, values: Mapping[str, Any], by: Actor, at: datetime
) -> Verdict:
    """Keep what is typed so far and return the verdict that is now shown beside it.

    values: what of it is valid. Refused when the draft is somebody else's or another window's.
    """
    require(by, Task.SCREEN, subject.site_id)
    lock(subject, SubjectState.CONSENTED)
    today, draft = subject.site.date_of(at), draft_of(subject)
    refuse_other_draft(draft, typed, by)
    memory = memory_of(subject, today)
    if typed.typing in values:
        shown = memory.get(typed.typing)
        values = {**values, typed.typing: shown and shown.now}
    facts = facts_from(subject, values)
    verdict = assess(facts, protocol_of(subject), today)
    if typed.is_newer_than(draft):
        _note(subject, replaced(memory, typed_facts(facts)), reason="", by=by, at=at)
        _keep(subject, typed, memory_as_json(remember(memory, typed_facts(facts), verdict)), by=by, at=at)
    return verdict


def _keep(subject: Subject, typed: Typed, shown: dict[str, Any], *, by: Actor, at: datetime) -> None:
    ScreeningDraft.objects.update_or_create(
        subject=subject,
        defaults={**typed.columns(), "author_id": by.person_id, "shown": shown, "kept_at": at},
    )


@action
def take_over_draft(subject: Subject, *, by: Actor, at: datetime) -> None:
    """Go on with what somebody else typed and did not save; their window is told so when they type on."""
    require(by, Task.SCREEN, subject.site_id)
    lock(subject, *SCREENED_NOW)
    if draft := draft_of(subject):
        draft.author_id, draft.window, draft.kept_at = by.person_id, "", at
        draft.save(update_fields=["author", "window", "kept_at"])


@action
def discard_draft(subject: Subject, *, reason: str, by: Actor, at: datetime) -> None:
    """Give up what was typed. What verdicts were shown with it stays known, with the reason."""
    require(by, Task.SCREEN, subject.site_id)
    lock(subject, *SCREENED_NOW)
    draft = draft_of(subject)
    if draft is None or draft.author_id != by.id:
        raise Refused(others_draft(draft) if draft else _("There is no draft."))
    if not reason.strip():
        raise Refused(fields={"reason": _("Say why.")})
    saved = typed_facts(facts_of(subject))
    settle(
        subject, replaced(memory_of(subject, subject.site.date_of(at)), saved), reason=reason, by=by, at=at
    )


def explain(subject: Subject, values: Mapping[str, Any], *, reason: str, by: Actor, at: datetime) -> None:
    """Part of saving the form: what changed after a verdict was shown has a reason, and the draft is gone."""
    draft, today = draft_of(subject), subject.site.date_of(at)
    if draft is not None and draft.author_id != by.id:
        raise Refused(others_draft(draft))
    if owes_a_reason(subject, values, today) and not reason.strip():
        raise Refused(fields={"reason": _("Say why a value changed after a verdict was shown.")})
    settle(subject, changes_after_verdict(subject, values, today), reason=reason, by=by, at=at)


def settle(subject: Subject, changes: Iterable[Replaced], *, reason: str, by: Actor, at: datetime) -> None:
    """Every change so far has this reason; the draft has served its purpose."""
    _note(subject, changes, reason=reason, by=by, at=at)
    for change in subject.changes_after_verdict.filter(reason=""):
        change.reason = reason
        change.save(update_fields=["reason"])
    ScreeningDraft.objects.filter(subject=subject).delete()


def _note(subject: Subject, changes: Iterable[Replaced], *, reason: str, by: Actor, at: datetime) -> None:
    for change in changes:
        ChangeAfterVerdict.objects.create(
            subject=subject,
            fact=change.fact,
            old=change.shown.value,
            new="" if change.new is None else change.new,
            not_met=" ".join(change.shown.not_met),
            undetermined=" ".join(change.shown.undetermined),
            changed_by_id=by.person_id,
            changed_at=at,
            reason=reason,
        )
