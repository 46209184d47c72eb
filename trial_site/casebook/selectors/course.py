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
    yield _("Consent signed"), consent and consent.given_at
    yield _("Eligibility decided"), assessment and assessment.assessed_at
    yield _("Infusion planned"), subject.planned_infusion_at
    yield _("Randomized"), randomization and randomization.randomized_at
    yield _("Randomization number"), randomization and randomization.number
    yield _("Infusion started"), infusion and infusion.started_at
