"""The final unblinding: two people, once the database is locked; then every arm, each look on record."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from enrollment.models import Subject
from randomization import vault
from randomization.models import StudyAccess, StudyUnblinding, TreatmentTold
from randomization.rules.stock import StudyBag
from randomization.selectors import randomization_of, study_unblinding
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StaffMember
from trial_site.core.permissions import Task, require
from trial_site.core.second_person import require_second_person
from trial_site.core.signing import require_password
from trial_site.monitoring.models import Freeze
from trial_site.monitoring.selectors import database_lock


@action(durable=True)
def unblind_study(
    *, password: str, second_person: StaffMember, second_password: str, by: Actor, at: datetime
) -> StudyUnblinding:
    """Commit that two people unblind the study. Once for each lock of the database, and only while it lasts."""
    require(by, Task.UNBLIND_STUDY)
    lock = database_lock()
    if lock is None:
        raise Refused(_("The database is not locked. Nobody is unblinded."))
    Freeze.objects.select_for_update(no_key=True).get(pk=lock.pk)  # one pair at a time
    if study_unblinding():
        raise Refused(_("The study is unblinded already. Nothing was changed."))
    task = Task.UNBLIND_STUDY
    require_second_person(second_person, password=second_password, task=task, site_id=None, by=by, at=at)
    wrong = _("This is not your password. Nobody is unblinded.")
    require_password(StaffMember.objects.get(pk=by.person_id), password, field="password", wrong=wrong)
    return StudyUnblinding.objects.create(person_id=by.person_id, second_person=second_person, lock=lock)


@action(durable=True)
def record_look(unblinding: StudyUnblinding, *, why: str, by: Actor) -> StudyAccess:
    """Commit who is about to see every arm, and why; the database demands it first."""
    require(by, Task.UNBLIND_STUDY)
    if not why.strip():
        raise Refused(fields={"why": _("Say why you need to see this.")})
    return StudyAccess.objects.create(person_id=by.person_id, unblinding=unblinding, why=why.strip())


@action
def study_arms(access: StudyAccess, *, by: Actor) -> dict[int, str]:
    """Participant key -> code of the arm, for 60 seconds after the record."""
    return dict(vault.study_arms(access.pk))


@action
def study_bags(access: StudyAccess, *, by: Actor) -> list[StudyBag]:
    """What every participant's bags were filled with, for 60 seconds after the record."""
    return vault.study_bags(access.pk)


@action
def record_told(subject: Subject, *, told_on: date, by: Actor, at: datetime) -> TreatmentTold:
    """A participant was told their treatment at their request."""
    require(by, Task.UNBLIND_STUDY)
    unblinding = study_unblinding()
    if unblinding is None or randomization_of(subject) is None:
        raise Refused(_("The study is not unblinded, or this participant was never randomized."))
    site = subject.site
    if not site.date_of(unblinding.at) <= told_on <= site.date_of(at):
        raise Refused(fields={"told_on": _("This date is before the final unblinding or in the future.")})
    return TreatmentTold.objects.create(
        subject=subject, told_on=told_on, told_by_id=by.person_id, unblinding=unblinding, recorded_at=at
    )
