"""Breaking the code of one participant, day and night: first that it happens is committed, then the arm is shown.

Nobody is waited for, except in a planned code break, which two people do.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from enrollment.models import Subject
from randomization import vault
from randomization.models import CODE_BROKEN, AccessRecord, BreakCategory, CodeBreak, Purpose, UnblindedPerson
from randomization.selectors import people_to_tell, randomization_of
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import Notice, StaffMember
from trial_site.core.permissions import Task, require
from trial_site.core.second_person import require_second_person
from trial_site.core.signing import require_password
from trial_site.monitoring.actions import raise_deviation
from trial_site.monitoring.models import DeviationGrade, DeviationKind
from trial_site.monitoring.selectors import ref_of


@action(durable=True)
def break_code(
    subject: Subject,
    *,
    category: str,
    why: str,
    password: str,
    second_person: StaffMember | None = None,
    second_password: str = "",
    by: Actor,
    at: datetime,
) -> CodeBreak:
    """Commit that `by` breaks the code of one participant and why; `treatment` then shows the arm, for a minute.

    Whoever must know is told that it happened; a deviation follows, and `by` is unblinded for this participant.
    """
    require(by, Task.BREAK_CODE, subject.site_id)
    _refuse_without_code(subject)
    if category == BreakCategory.PLANNED:
        _require_second(subject, second_person, second_password, by=by, at=at)
    else:
        second_person = None
    breaker = StaffMember.objects.get(pk=by.person_id)
    wrong = _("This is not your password. The code was not broken.")
    require_password(breaker, password, field="password", wrong=wrong)
    access = AccessRecord.objects.create(
        subject=subject, person=breaker, purpose=Purpose.CODE_BREAK, why=why.strip()
    )
    return record_break(
        subject,
        category=category,
        why=why,
        broken_by=breaker,
        broken_at=at,
        second_person=second_person,
        access=access,
        by=by,
        at=at,
    )


@action
def treatment(code_break: CodeBreak, *, by: Actor) -> str:
    """The code of the arm; once committed, and for 60 seconds. To look again is to break the code again."""
    if code_break.access is None:
        raise Refused(_("This code was broken with a sealed letter; nothing is shown here."))
    return vault.break_code(code_break.access.pk)


def record_break(
    subject: Subject,
    *,
    category: str,
    why: str,
    broken_by: StaffMember,
    broken_at: datetime,
    second_person: StaffMember | None = None,
    access: AccessRecord | None = None,
    letter: str = "",
    by: Actor,
    at: datetime,
) -> CodeBreak:
    """What follows from every code break, on the page or from a letter. Part of an action."""
    if not why.strip():
        raise Refused(fields={"why": _("Say why the code must be broken.")})
    code_break = CodeBreak.objects.create(
        subject=subject,
        category=category,
        why=why.strip(),
        broken_by=broken_by,
        broken_at=broken_at,
        second_person=second_person,
        access=access,
        letter=letter,
    )
    know(code_break, [one for one in (broken_by, second_person) if one], at=broken_at)
    raise_deviation(
        ref_of("CB", code_break),
        kind=DeviationKind.UNBLINDING,
        grade=DeviationGrade.MAJOR,
        text=_("The code was broken: %(category)s.") % {"category": code_break.get_category_display()},
        occurred_on=subject.site.date_of(broken_at),
        cause=f"code break:{subject.pk}:{broken_by.pk}",
        by=by,
        at=at,
    )
    _tell(code_break, at=at)
    return code_break


def know(code_break: CodeBreak, people: list[StaffMember], *, at: datetime) -> None:
    """These people know the arm of the participant from now on. Part of an action."""
    for person in people:
        UnblindedPerson.objects.get_or_create(
            person=person,
            subject=code_break.subject,
            defaults={"code_break": code_break, "since": at},
        )


def _refuse_without_code(subject: Subject) -> None:
    if randomization_of(subject) is None:
        raise Refused(_("This participant is not randomized: there is no code to break."))


def _require_second(
    subject: Subject, person: StaffMember | None, password: str, *, by: Actor, at: datetime
) -> None:
    if person is None:
        raise Refused(fields={"second_person": _("A planned code break needs a second person.")})
    require_second_person(
        person, password=password, task=Task.BREAK_CODE, site_id=subject.site_id, by=by, at=at
    )


def _tell(code_break: CodeBreak, *, at: datetime) -> None:
    """One notice to each: that it happened and where, never for whom or what it showed."""
    site = code_break.subject.site
    Notice.objects.bulk_create(
        Notice(
            key=f"{CODE_BROKEN}:{code_break.pk}:{person.pk}",
            kind=CODE_BROKEN,
            recipient=person,
            site=site,
            on=site.date_of(code_break.broken_at),
            planned_at=at,
            next_attempt_at=at,
        )
        for person in people_to_tell(site, at=at)
    )
