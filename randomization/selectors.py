"""Reads of what is not sealed."""

from django.db.models import QuerySet

from enrollment.models import Subject
from randomization.models import AllocationCommitment, Kit, Randomization, RandomizationRequest


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
