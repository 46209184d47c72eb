"""Who was there, and what they saw: questions that outcomes asks."""

from django.db.models import Q, QuerySet

from dosing.models import Handover, Infusion, InfusionReaction
from enrollment.models import Subject
from enrollment.selectors import sites_for
from trial_site.core.actors import Actor


def attended_infusion(person_id: int, subject: Subject) -> bool:
    """Did this person identify, stand by, take the bag or record a reaction? Then they do not judge outcomes."""
    at_the_bed = Q(identified_by=person_id) | Q(second_person=person_id)
    return (
        Infusion.objects.filter(at_the_bed, subject=subject).exists()
        or Handover.objects.filter(subject=subject, received_by=person_id).exists()
        or InfusionReaction.objects.filter(subject=subject, recorded_by=person_id).exists()
    )


def reactions_of(subject: Subject) -> QuerySet[InfusionReaction]:
    return InfusionReaction.objects.filter(subject=subject).select_related("infusion", "recorded_by")


def reactions_for(actor: Actor) -> QuerySet[InfusionReaction]:
    """Reactions at this person's study sites; outcomes keeps those that have no adverse event yet."""
    reactions = InfusionReaction.objects.filter(subject__site__in=sites_for(actor))
    return reactions.select_related("subject__site", "infusion").order_by("began_at")
