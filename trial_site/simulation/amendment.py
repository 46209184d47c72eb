"""A second version of the consent form: who takes part is asked again, and a few have not been yet."""

from datetime import datetime, timedelta

from enrollment.actions import approve_consent_version, record_consent
from enrollment.models import Subject
from enrollment.selectors import consents_due
from trial_site.core.models import StudySite
from trial_site.core.permissions import Role
from trial_site.simulation.troupe import Troupe

AMENDED_DAYS_AGO = 2
NOT_ASKED_YET = 2


def amend_consent(site: StudySite, troupe: Troupe, *, at: datetime) -> None:
    """The ethics committee approved another version, some days before `at`."""
    on = site.date_of(at) - timedelta(days=AMENDED_DAYS_AGO)
    approve_consent_version(site, version="1.1", approved_on=on, by=troupe.actor(Role.ADMINISTRATOR, at=at))


def consent_again(site: StudySite, troupe: Troupe, *, at: datetime) -> None:
    """Everybody who is due consents to it, one after the other until `at`, but for the last ones."""
    due = list(consents_due(Subject.objects.filter(site=site), at=at))[:-NOT_ASKED_YET]
    for place, (subject, version) in enumerate(due):
        given_at = at - timedelta(minutes=20 * (len(due) - place))
        record_consent(
            subject,
            consent_version=version,
            given_at=given_at,
            obtained_by=troupe.staff(Role.INVESTIGATOR),
            copy_given=True,
            future_contact=True,
            by=troupe.actor(Role.COORDINATOR, at=at),
            at=at,
        )
