"""A participant's way through the study so far."""

from collections.abc import Iterator
from datetime import date, datetime

from django.utils.translation import gettext as _

from dosing.selectors import infusion_of
from enrollment.models import Subject
from enrollment.selectors import consent_of
from randomization.selectors import randomization_of

Milestone = tuple[str, date | datetime | str | None]


def milestones(subject: Subject) -> Iterator[Milestone]:
    """What happened when, in the order of the study; None for what has not happened."""
    consent, randomization, infusion = consent_of(subject), randomization_of(subject), infusion_of(subject)
    assessment = subject.assessments.last()
    yield _("First seen"), subject.identified_on
    yield _("Consent signed"), consent.given_at if consent else None
    yield _("Eligibility decided"), assessment.assessed_at if assessment else None
    yield _("Infusion planned"), subject.planned_infusion_at
    yield _("Randomized"), randomization.randomized_at if randomization else None
    yield _("Randomization number"), randomization.number if randomization else None
    yield _("Infusion started"), infusion.started_at if infusion else None
