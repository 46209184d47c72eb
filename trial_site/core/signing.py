"""The password given at the moment of signing, by whoever signs or stands by as the second person.

Wrong ones are counted per person and per who types, reported, and after a few refused for a while (21 CFR
11.300(d)); nobody locks a colleague out of a code break. The count is in the cache, so that the roll-back of a
refused action does not forget it.
"""

import logging
from contextvars import ContextVar
from functools import partial

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from trial_site.core.errors import Refused, Sentence
from trial_site.core.http import StaffRequest
from trial_site.core.models import OccurrenceKind, StaffMember
from trial_site.core.occurrences import note_attempt

ATTEMPTS, MINUTES = 5, 15
SIGNED = "signed"
logger = logging.getLogger(__name__)
# The request that is answered now, of somebody signed in; in a command or a task there is none.
answering: ContextVar[StaffRequest | None] = ContextVar("answering", default=None)


def is_first_of_session() -> bool:
    """Does the person who asks for this page sign with both components next (21 CFR 11.200(a)(1)(i))?"""
    request = answering.get()
    return request is not None and SIGNED not in request.session


def require_own_address(typed: str) -> None:
    """The first component: validates that it is the address of whose session this is. A wrong one is on record."""
    request = answering.get()
    if request is not None and typed.casefold() != request.user.email.casefold():
        note_attempt(OccurrenceKind.WRONG_SIGNATURE, address=request.user.email)
        raise ValidationError(_("This is not the address you signed in with."))


def require_password(staff: StaffMember, password: str, *, field: str, wrong: Sentence) -> None:
    """Raises Refused beside `field`: the sentence `wrong`, or that there were too many wrong ones."""
    # Counted before the password is looked at: guesses made at the same instant do not slip through.
    request = answering.get()
    attempts = f"signing-attempts:{staff.pk}:{request.user.pk if request else staff.pk}"
    attempt = _count(attempts)
    if attempt > ATTEMPTS:
        too_many = _("Too many wrong passwords. Signing is refused for up to %(minutes)s minutes.")
        raise _wrong(staff, field, too_many % {"minutes": MINUTES})
    if not staff.check_password(password):
        logger.warning("Wrong signing password for staff member %s (%s of %s).", staff.pk, attempt, ATTEMPTS)
        raise _wrong(staff, field, wrong)
    cache.delete(attempts)
    transaction.on_commit(partial(_has_signed, staff))


def _has_signed(staff: StaffMember) -> None:
    """From now on the password alone signs in this session."""
    request = answering.get()
    if request is not None and request.user.pk == staff.pk:
        request.session[SIGNED] = True


def _wrong(staff: StaffMember, field: str, sentence: Sentence) -> Refused:
    refusal = Refused(fields={field: sentence})
    refusal.keep = partial(note_attempt, OccurrenceKind.WRONG_SIGNATURE, address=staff.email)
    return refusal


def _count(key: str) -> int:
    return 1 if cache.add(key, 1, MINUTES * 60) else cache.incr(key)
