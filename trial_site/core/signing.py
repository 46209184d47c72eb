"""The password given at the moment of signing, by whoever signs or stands by as the second person.

Wrong ones are counted per person, reported, and after a few refused for a while (21 CFR 11.300(d)). The count is
in the cache, so that the roll-back of a refused action does not forget it.
"""

import logging
from functools import partial

from django.core.cache import cache
from django.utils.translation import gettext as _

from trial_site.core.errors import Refused, Sentence
from trial_site.core.models import OccurrenceKind, StaffMember
from trial_site.core.occurrences import note_attempt

ATTEMPTS, MINUTES = 5, 15
logger = logging.getLogger(__name__)


def require_password(staff: StaffMember, password: str, *, field: str, wrong: Sentence) -> None:
    """Raises Refused beside `field`: the sentence `wrong`, or that there were too many wrong ones."""
    # Counted before the password is looked at: guesses made at the same instant do not slip through.
    attempt = _count(f"signing-attempts:{staff.pk}")
    if attempt > ATTEMPTS:
        too_many = _("Too many wrong passwords. Signing is refused for up to %(minutes)s minutes.")
        raise _wrong(staff, field, too_many % {"minutes": MINUTES})
    if not staff.check_password(password):
        logger.warning("Wrong signing password for staff member %s (%s of %s).", staff.pk, attempt, ATTEMPTS)
        raise _wrong(staff, field, wrong)
    cache.delete(f"signing-attempts:{staff.pk}")


def _wrong(staff: StaffMember, field: str, sentence: Sentence) -> Refused:
    refusal = Refused(fields={field: sentence})
    refusal.keep = partial(note_attempt, OccurrenceKind.WRONG_SIGNATURE, address=staff.email)
    return refusal


def _count(key: str) -> int:
    return 1 if cache.add(key, 1, MINUTES * 60) else cache.incr(key)
