"""The draft of a form, at a visit or outside: kept while somebody types, gone at save (ADR 10)."""

from datetime import datetime

from django.utils.translation import gettext as _

from dosing.models import InfusionReaction
from enrollment.actions.subjects import SINCE_CONSENT, lock
from enrollment.models import Subject
from outcomes.actions.blind import require_blind, task_for
from outcomes.models import AdverseEvent, FormDraft, LogEntry, OnceForm
from outcomes.rules.sheets import Kind, forms_of
from outcomes.selectors import form_draft_of
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.drafts import Typed, others_draft, refuse_other_draft
from trial_site.core.errors import Refused, StaleRecord

Source = AdverseEvent | LogEntry | OnceForm | InfusionReaction | None


def place_of(form: str, source: Source, *, by: Actor) -> str:
    """Where the draft of a form outside visits is: at the record it changes or the reaction it tells of.

    Everybody begins an entry of their own: no new event waits until a colleague has saved another one.
    """
    if form in forms_of(Kind.ONCE):
        return "once"
    if source is None:
        return f"new.{by.id}"
    return f"of.{source.pk}" if isinstance(source, InfusionReaction) else str(source.number)  # type: ignore[union-attr]


@action
def keep_form_draft(
    subject: Subject, *, form: str, place: str, typed: Typed, saved: int, by: Actor, at: datetime
) -> None:
    """Keep what is typed so far. `saved`: the version of the form as it is saved now, 0 for none.

    Refused when the draft is somebody else's or another window's, and when the form was saved meanwhile.
    """
    require_blind(by, task_for(form), subject)
    lock(subject, *SINCE_CONSENT)
    draft = form_draft_of(subject, form, place)
    refuse_other_draft(draft, typed, by)
    if typed.version != saved:
        raise StaleRecord(_("This form was saved meanwhile. Save yours to see both; nothing is overwritten."))
    if typed.is_newer_than(draft):
        kept = typed.columns() | {"author_id": by.person_id, "kept_at": at}
        FormDraft.objects.update_or_create(subject=subject, form=form, place=place, defaults=kept)


@action
def take_over_form_draft(subject: Subject, *, form: str, place: str, by: Actor, at: datetime) -> None:
    """Go on with what somebody else typed and did not save; their window is told so when they type on."""
    require_blind(by, task_for(form), subject)
    lock(subject, *SINCE_CONSENT)
    if draft := form_draft_of(subject, form, place):
        draft.author_id, draft.window, draft.kept_at = by.person_id, "", at
        draft.save(update_fields=["author", "window", "kept_at"])


@action
def discard_form_draft(subject: Subject, *, form: str, place: str, by: Actor) -> None:
    """Give up what was typed; the form shows what is saved."""
    require_blind(by, task_for(form), subject)
    draft = form_draft_of(subject, form, place)
    if draft is None or draft.author_id != by.id:
        raise Refused(others_draft(draft) if draft else _("There is no draft."))
    draft.delete()


def forget(subject: Subject, *, form: str, place: str, by: Actor) -> None:
    """Part of saving: whoever saves has no draft of the form any more; what a colleague typed stays theirs."""
    FormDraft.objects.filter(subject=subject, form=form, place=place, author=by.id).delete()
