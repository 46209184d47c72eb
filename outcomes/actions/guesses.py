"""Asking what somebody believes was given."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from enrollment.actions.subjects import lock
from enrollment.models import Subject, SubjectState
from outcomes.actions.blind import require_blind
from outcomes.models import BlindingGuess, GuessedArm
from outcomes.selectors import guess_of, guesses_due
from outcomes.selectors.guesses import ASKED_UNDER, Whose
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused


@action
def record_guess(
    subject: Subject, *, whose: Whose, values: Mapping[str, Any], by: Actor, at: datetime
) -> BlindingGuess:
    """Once, from day 28 on; it is never changed, and nobody else reads it before the database is locked."""
    require_blind(by, ASKED_UNDER[whose], subject)
    lock(subject, SubjectState.RANDOMIZED, SubjectState.WITHDRAWN)
    if guess_of(subject, whose):
        raise Refused(_("This was asked already. A guess is never changed."))
    if subject not in guesses_due(Subject.objects.filter(pk=subject.pk), whose, at=at):
        raise Refused(_("This is asked from day 28 on, of participants who were infused."))
    unsure = values["guess"] == GuessedArm.UNKNOWN
    if not unsure and not values["certainty"]:
        raise Refused(fields={"certainty": _("Say how sure.")})
    kept = {**values, "certainty": "" if unsure else values["certainty"]}
    return BlindingGuess.objects.create(
        subject=subject, whose=whose, given_at=at, given_by_id=by.person_id, **kept
    )
