"""Brings participants to a state of the study, through the simulated story and so through actions only."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

from dosing.models import Handover, Infusion, InfusionOrder, OrderState, Release
from enrollment.models import Subject, SubjectState
from enrollment.selectors import signed_eligibility
from randomization.models import Randomization
from tests.cast import PASSWORD
from tests.scenes import staged
from trial_site.core.models import StaffMember, StudySite
from trial_site.simulation.patients import Patient, draw
from trial_site.simulation.staffing import Account
from trial_site.simulation.story import Narrator
from trial_site.simulation.troupe import Troupe

STAGES: dict[str, Callable[[Subject, datetime], bool]] = {
    "consented": lambda s, now: s.state == SubjectState.CONSENTED,
    "screened": lambda s, now: hasattr(s, "screening"),
    "eligible": lambda s, now: s.state == SubjectState.ELIGIBLE,
    "planned": lambda s, now: s.planned_infusion_at is not None,
    "ready": lambda s, now: ready_to_randomize(s, now),
    "randomized": lambda s, now: Randomization.objects.filter(subject=s).exists(),
    "ordered": lambda s, now: InfusionOrder.objects.filter(subject=s).exists(),
    "released": lambda s, now: Release.objects.filter(subject=s).exists(),
    "handed_over": lambda s, now: Handover.objects.filter(subject=s).exists(),
    "started": lambda s, now: Infusion.objects.filter(subject=s).exists(),
    "infused": lambda s, now: InfusionOrder.objects.filter(subject=s, state=OrderState.FINISHED).exists(),
    "seen_on_day_3": lambda s, now: s.visits.filter(code="D3").exists(),
    "followed": lambda s, now: s.visits.filter(code="D7").exists(),
}


def ready_to_randomize(subject: Subject, now: datetime) -> bool:
    planned = subject.planned_infusion_at
    soon = planned is not None and planned - now <= timedelta(hours=24)
    return soon and signed_eligibility(subject, at=now) is not None


def troupe() -> Troupe:
    staff = StaffMember.objects.order_by("pk")
    return Troupe([Account(member.role, member.email, PASSWORD) for member in staff])


def participant_at(stage: str, *, seen_at: datetime | None = None, seed: int = 1) -> tuple[Subject, datetime]:
    """A suitable patient brought to `stage`; returns the participant and the instant of the story's last step."""
    seen_at = seen_at or datetime.now(UTC).replace(hour=1, minute=0, second=0, microsecond=0) - timedelta(
        days=30
    )
    return staged((stage, seen_at, seed), lambda: told(stage, seen_at, SteadyRandom(seed)))


def told(stage: str, seen_at: datetime, rng: Random) -> tuple[Subject, datetime]:
    site = StudySite.objects.get(code="01")
    before = set(Subject.objects.values_list("pk", flat=True))
    now = seen_at
    for now in Narrator(troupe(), site, rng).tell(suitable(rng, site.date_of(seen_at)), seen_at):
        subject = Subject.objects.exclude(pk__in=before).first()
        if subject and STAGES[stage](subject, now):
            return subject, now
    raise AssertionError(f"the story ended before the stage {stage}")


def suitable(rng: Random, seen_on) -> Patient:
    return draw(rng, seen_on=seen_on, flawed=False)


class SteadyRandom(Random):
    """A generator whose coin never makes the patient decline or have an adverse event."""

    def random(self) -> float:
        return 0.99
