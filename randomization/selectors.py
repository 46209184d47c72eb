"""Reads of what is not sealed."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from enrollment.models import Subject
from enrollment.selectors import delegated_for, sites_for
from randomization.models import (
    AccessRecord,
    AllocationCommitment,
    CodeBreak,
    ImpactAssessment,
    Kit,
    LetterCount,
    Randomization,
    RandomizationRequest,
    StudyUnblinding,
    UnblindedPerson,
)
from trial_site.core.actors import Actor
from trial_site.core.models import Delegation, StaffMember, StudySite
from trial_site.core.permissions import Role, Task, can
from trial_site.monitoring.selectors import database_lock

TOLD_OF_CODE_BREAKS = (Role.PRINCIPAL_INVESTIGATOR, Role.MEDICAL_MONITOR, Role.MONITOR)


def randomization_of(subject: Subject) -> Randomization | None:
    return Randomization.objects.filter(subject=subject).first()


def kit_of(subject: Subject) -> Kit | None:
    """The kit to be prepared next: the latest one assigned."""
    return Kit.objects.filter(subject=subject).order_by("-id").first()


def commitment() -> AllocationCommitment | None:
    return AllocationCommitment.objects.first()


def unfinished_requests() -> QuerySet[RandomizationRequest]:
    """Requests that were committed but have no randomization yet, in list order."""
    return RandomizationRequest.objects.filter(subject__randomization=None).order_by("place")


def has_seen_arm(actor: Actor, subject: Subject) -> bool:
    """Does this person know what the participant gets? Then they assess and judge nothing of this participant."""
    return subjects_seen_by(actor).filter(pk=subject.pk).exists()


def subjects_seen_by(actor: Actor) -> QuerySet[Subject]:
    """The participants whose arm this person looked at, or was told."""
    about = {"subject": OuterRef("pk"), "person": actor.id}
    looked, told = AccessRecord.objects.filter(**about), UnblindedPerson.objects.filter(**about)
    return Subject.objects.filter(Q(Exists(looked)) | Q(Exists(told)))


def with_a_code(actor: Actor) -> QuerySet[Subject]:
    """The randomized participants whose code this person may break, each with the code breaks so far."""
    here = Subject.objects.filter(site__in=sites_for(actor, Task.BREAK_CODE), randomization__isnull=False)
    return here.select_related("site", "randomization").prefetch_related("code_breaks__broken_by")


def unassessed_breaks(actor: Actor) -> QuerySet[CodeBreak]:
    """Code breaks whose impact an investigator must assess, the oldest first; to look again is part of the first."""
    same = CodeBreak.objects.filter(subject=OuterRef("subject"), broken_by=OuterRef("broken_by"))
    waiting = CodeBreak.objects.filter(~Exists(same.filter(pk__lt=OuterRef("pk"))), impact=None)
    here = waiting.filter(subject__site__in=sites_for(actor, Task.CLOSE_DEVIATION))
    return here.select_related("subject__site", "broken_by").order_by("pk")


def people_to_tell(site: StudySite, *, at: datetime) -> list[StaffMember]:
    """Who is told that a code was broken at a site: the principal investigator, medical monitor and monitor."""
    readers = delegated_for(Task.VIEW_CASEBOOK, site).filter(role__in=TOLD_OF_CODE_BREAKS)
    return [one for one in readers if can(Actor.of(one, at=at), Task.VIEW_CASEBOOK, site.pk)]


def second_people_for_code_break(site: StudySite, *, by: Actor, at: datetime) -> QuerySet[StaffMember]:
    """Who may be the second person of a planned code break."""
    others = delegated_for(Task.BREAK_CODE, site).exclude(pk=by.person_id)
    allowed = [one.pk for one in others if can(Actor.of(one, at=at), Task.BREAK_CODE, site.pk)]
    return StaffMember.objects.filter(pk__in=allowed).order_by("full_name")


def study_unblinding() -> StudyUnblinding | None:
    """The final unblinding, while the lock of the database that it rests on is in force."""
    found = StudyUnblinding.objects.filter(lock=database_lock())
    return found.select_related("person", "second_person").first()


def second_people_for_unblinding(*, by: Actor, at: datetime) -> QuerySet[StaffMember]:
    """Who may unblind the study together with this person: those delegated for every study site."""
    begun = Delegation.objects.filter(task=Task.UNBLIND_STUDY, site=None, starts_at__lte=at)
    held = begun.filter(Q(ends_at=None) | Q(ends_at__gt=at)).values("staff")
    return StaffMember.objects.filter(pk__in=held, is_active=True).exclude(pk=by.person_id)


def breaks_for(actor: Actor) -> QuerySet[CodeBreak]:
    """The code breaks whose reason this person reads: to assess the impact, or in the audit trail."""
    breaks = CodeBreak.objects.filter(
        subject__site__in=sites_for(actor, Task.CLOSE_DEVIATION, Task.VIEW_AUDIT)
    )
    return breaks.select_related("subject")


def impacts_for(actor: Actor) -> QuerySet[ImpactAssessment]:
    impacts = ImpactAssessment.objects.filter(subject__site__in=sites_for(actor, Task.CLOSE_DEVIATION))
    return impacts.select_related("subject")


def letters_opened_at(site: StudySite) -> QuerySet[CodeBreak]:
    """Code breaks of a site's participants that were done with a sealed letter."""
    return CodeBreak.objects.filter(subject__site=site).exclude(letter="")


def letter_counts_for(actor: Actor) -> QuerySet[LetterCount]:
    counts = LetterCount.objects.filter(site__in=sites_for(actor, Task.VERIFY_SOURCE, Task.BREAK_CODE))
    return counts.select_related("site", "counted_by")


def accountants_of(site: StudySite, *, at: datetime) -> list[StaffMember]:
    """Unblinded staff who answer for the supply of a site."""
    tasks = (Task.MANAGE_SUPPLY, Task.MONITOR_SUPPLY)
    people = {one.pk: one for task in tasks for one in delegated_for(task, site)}
    return [one for one in people.values() if any(can(Actor.of(one, at=at), task, site.pk) for task in tasks)]


def medical_monitors_of(site: StudySite, *, at: datetime) -> list[StaffMember]:
    """Who decides on the care of participants when a product is in doubt."""
    people = delegated_for(Task.BREAK_CODE, site).filter(role=Role.MEDICAL_MONITOR)
    return [one for one in people if can(Actor.of(one, at=at), Task.BREAK_CODE, site.pk)]


def second_accountants(site: StudySite, *, by: Actor, at: datetime) -> QuerySet[StaffMember]:
    """Who may be the second person at release and destruction."""
    others = delegated_for(Task.MANAGE_SUPPLY, site).exclude(pk=by.person_id)
    allowed = [one.pk for one in others if can(Actor.of(one, at=at), Task.MANAGE_SUPPLY, site.pk)]
    return StaffMember.objects.filter(pk__in=allowed).order_by("full_name")
