"""Sealed letters: an opening is entered afterwards as a code break; they are counted. Nothing here shows an arm."""

from datetime import datetime

from django.utils.translation import gettext as _

from enrollment.models import Subject
from randomization.models import CodeBreak, LetterCount
from randomization.selectors import letters_opened_at, randomization_of
from randomization.unblinding.code_break import record_break
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StaffMember, StudySite
from trial_site.core.permissions import Task, require
from trial_site.core.signing import require_password


@action
def record_letter_opened(
    subject: Subject,
    *,
    category: str,
    why: str,
    opened_by: StaffMember,
    opened_at: datetime,
    password: str,
    by: Actor,
    at: datetime,
) -> CodeBreak:
    """Enter that the letter with this participant's randomization number was opened while the system was down."""
    require(by, Task.BREAK_CODE, subject.site_id)
    Subject.objects.select_for_update(no_key=True).get(pk=subject.pk)
    randomization = randomization_of(subject)
    if randomization is None:
        raise Refused(_("This participant is not randomized: there is no code to break."))
    if CodeBreak.objects.filter(letter=randomization.number).exists():
        raise Refused(_("The opening of this letter is entered already. Nothing was changed."))
    if opened_at > at:
        raise Refused(fields={"opened_at": _("This time is in the future.")})
    if opened_at < randomization.randomized_at.replace(second=0, microsecond=0):
        raise Refused(fields={"opened_at": _("The participant was not randomized yet.")})
    wrong = _("This is not your password. Nothing was entered.")
    require_password(StaffMember.objects.get(pk=by.person_id), password, field="password", wrong=wrong)
    return record_break(
        subject,
        category=category,
        why=why,
        broken_by=opened_by,
        broken_at=opened_at,
        letter=randomization.number,
        by=by,
        at=at,
    )


@action
def count_letters(
    site: StudySite, *, occasion: str, intact: int, opened: int, comment: str, by: Actor, at: datetime
) -> LetterCount:
    """The monitor counts seals. A letter opened and not entered as a code break must be explained."""
    require(by, Task.VERIFY_SOURCE, site.pk)
    expected = letters_opened_at(site).count()
    if opened != expected and not comment.strip():
        difference = _("%(count)s letters are entered as opened. Say what explains the difference.")
        raise Refused(fields={"comment": difference % {"count": expected}})
    return LetterCount.objects.create(
        site=site,
        occasion=occasion,
        intact=intact,
        opened=opened,
        expected_opened=expected,
        comment=comment.strip(),
        counted_by_id=by.person_id,
        counted_at=at,
    )
