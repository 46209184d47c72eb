"""Reads of participants: who may see whom, what stands, and what the rules say of the facts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.shortcuts import get_object_or_404

from enrollment.models import (
    SCREENING_FACTS,
    Consent,
    ConsentVersion,
    EligibilityAssessment,
    EmailContact,
    Ending,
    ProtocolApproval,
    Screening,
    ScreeningDraft,
    Subject,
    SubjectState,
    Withdrawal,
)
from enrollment.rules import Facts, Outcome, Verdict, Window, assess, facts_as_json
from enrollment.rules.answers import ConsentBy
from enrollment.rules.consequences import (
    CONSEQUENCES,
    Attempt,
    Event,
    Visits,
    attempts_in_vain,
    followed_up,
    may_be_dosed,
    reminded,
)
from enrollment.rules.derived import window_of
from enrollment.rules.memory import Replaced, Shown, memory_from_json, remember, replaced
from enrollment.rules.replay import differences
from trial_site.core import protocol
from trial_site.core.actors import Actor
from trial_site.core.models import StaffMember, StudySite
from trial_site.core.permissions import Task, can
from trial_site.core.protocol import Protocol
from trial_site.core.typed import build

# A window that has not opened yet is no failure; randomization demands a slot inside it (entry 14).
SIGNABLE = (Outcome.MET, Outcome.NOT_YET)


@dataclass(frozen=True)
class Standing:
    """What still holds of a participant's part in the study: what ended it, and what follows from the table."""

    state: str
    consented: bool
    events: frozenset[Event]

    @property
    def consent_stands(self) -> bool:
        return self.consented and Event.CONSENT not in self.events

    @property
    def treatment_stands(self) -> bool:
        """May the participant be randomized and infused?"""
        return self.consented and may_be_dosed(self.events)

    @property
    def followed(self) -> bool:
        """Are visits still expected?"""
        return self.consented and followed_up(self.events)

    @property
    def may_contact(self) -> bool:
        """May the study remind this participant's site of visits?"""
        return self.consented and reminded(self.events) and self.state != SubjectState.SCREEN_FAILED


def sites_for(actor: Actor, *tasks: str) -> QuerySet[StudySite]:
    """The study sites where the actor holds one of `tasks`; without any, a task that concerns participants."""
    wanted = tasks or set(Task) - {Task.ADMINISTER}
    where = [site for task, site in actor.delegations if task in wanted]
    if None in where:
        return StudySite.objects.all()
    return StudySite.objects.filter(pk__in=[site for site in where if site is not None])


def subjects_for(actor: Actor) -> QuerySet[Subject]:
    """The participants of the sites where the actor has a task that concerns participants."""
    return Subject.objects.filter(site__in=sites_for(actor)).select_related("site")


def subject_for(actor: Actor, number: str) -> Subject:
    """The participant, or Http404 alike for one that does not exist and one of somebody else's site."""
    return get_object_or_404(subjects_for(actor), number=number)


def standing(subject: Subject) -> Standing:
    consented = Consent.objects.filter(subject=subject).exists()
    return Standing(subject.state, consented, events_of(subject))


def events_of(subject: Subject) -> frozenset[Event]:
    """What ended something for this participant, as recorded; that an infusion was never given dosing knows."""
    decided = subject.withdrawals.values_list("kind", flat=True)
    happened = subject.endings.filter(stands=True).values_list("kind", flat=True)
    kinds = {*decided, *happened}
    return frozenset(event for event in Event if event.value in kinds)


ENDS_FOLLOW_UP = [event for event, row in CONSEQUENCES.items() if row.visits is Visits.END]


def ends_of_follow_up() -> tuple[QuerySet[Withdrawal], QuerySet[Ending]]:
    """Every record that ends somebody's visits, each with `subject` and `on`."""
    return (
        Withdrawal.objects.filter(kind__in=ENDS_FOLLOW_UP),
        Ending.objects.filter(kind__in=ENDS_FOLLOW_UP, stands=True),
    )


def taking_part(subjects: QuerySet[Subject]) -> QuerySet[Subject]:
    """Those of `subjects` for whom nothing has ended their part in the study."""
    withdrawn, ended = ends_of_follow_up()
    return subjects.exclude(pk__in=withdrawn.values("subject")).exclude(pk__in=ended.values("subject"))


def reachable_by_email(subjects: QuerySet[Subject]) -> QuerySet[Subject]:
    """Those of `subjects` whose latest answer is that they want to be reminded of visits by e-mail."""
    answers = EmailContact.objects.filter(subject=OuterRef("pk")).order_by("-id").values("agreed")
    return subjects.alias(agreed=Subquery(answers[:1])).filter(agreed=True)


def email_contacts(numbers: Iterable[str]) -> dict[str, EmailContact]:
    """By screening number, the latest answer of those of these participants who want e-mails."""
    answers = EmailContact.objects.filter(subject__number__in=list(numbers)).select_related("subject")
    latest = answers.order_by("subject_id", "-id").distinct("subject_id")
    return {one.subject.number: one for one in latest if one.agreed}


def days_in_vain(subject: Subject) -> int:
    """Days on which somebody tried to reach the participant since they last were reached."""
    return attempts_in_vain(Attempt(one.on, one.reached) for one in subject.contact_attempts.all())


def rescreenings_left(subject: Subject) -> int:
    """How often the protocol still allows a person who failed screening to be screened again (entry 35)."""
    if subject.state != SubjectState.SCREEN_FAILED or events_of(subject):
        return 0
    first = subject.rescreen_of or subject
    return max(protocol_of(first).rescreens - first.rescreenings.count(), 0)


def same_person(subject: Subject) -> list[Subject]:
    """Other participants, at any study site, in whom the identification log sees the same person.

    Whoever is screened again is expected to be the same person.
    """
    entry = subject.identity_entries.last()
    found = Q(pk__in=[])
    for mark in entry.marks if entry else ():
        found |= Q(identity_entries__marks__contains=[mark])
    first = subject.rescreen_of or subject
    expected = Q(pk=first.pk) | Q(rescreen_of=first)
    return list(Subject.objects.filter(found).exclude(expected).select_related("site").distinct())


def consents_of(subject: Subject) -> QuerySet[Consent]:
    """One for each version of the form, in the order of their times."""
    return Consent.objects.filter(subject=subject).order_by("given_at")


def consent_of(subject: Subject) -> Consent | None:
    """The first consent: the one that counts for age, recency limits and what may be done from when."""
    return consents_of(subject).first()


def consented_at(subject: Subject) -> datetime:
    """When the participant first consented, on the clock of the study site. The end of time without consent."""
    consent = consent_of(subject)
    return consent.given_at.astimezone(subject.site.tz) if consent else datetime.max.replace(tzinfo=UTC)


def consent_versions_for(site: StudySite, *, on: date) -> QuerySet[ConsentVersion]:
    """Versions of the consent form in use at a site on a day: approved by then, superseded after it."""
    in_use = Q(superseded_on=None) | Q(superseded_on__gt=on)
    return ConsentVersion.objects.filter(in_use, site=site, approved_on__lte=on)


def consents_due(subjects: QuerySet[Subject], *, at: datetime) -> Iterator[tuple[Subject, ConsentVersion]]:
    """Those of `subjects` who take part and have not consented to the version now in use at their site."""
    for site in StudySite.objects.filter(pk__in=subjects.values("site")):
        for version in consent_versions_for(site, on=site.date_of(at)):
            agreed = subjects.filter(site=site, consent__isnull=False).exclude(
                state=SubjectState.SCREEN_FAILED
            )
            here = taking_part(agreed).distinct()
            for subject in here.exclude(consent__consent_version=version):
                yield subject, version


def protocol_approval(site: StudySite, *, on: date) -> ProtocolApproval | None:
    """The version of the protocol in effect at a site on a day: the one that took effect last."""
    return ProtocolApproval.objects.filter(site=site, effective_on__lte=on).last()


def delegated_for(task: str, site: StudySite) -> QuerySet[StaffMember]:
    """Staff who hold or have held a task at a site; whether they held it at an instant is asked of `can`."""
    here = Q(delegations__site=site) | Q(delegations__site=None)
    return StaffMember.objects.filter(here, delegations__task=task).distinct().order_by("full_name")


def protocol_of(subject: Subject) -> Protocol:
    """The version under which the participant is screened, treated and followed up."""
    return protocol.load(subject.protocol_version)


def screening_of(subject: Subject) -> Screening | None:
    return Screening.objects.filter(subject=subject).first()


def facts_from(subject: Subject, values: Mapping[str, Any]) -> Facts:
    """Facts out of values of the screening form, saved or not, and of what other records say."""
    consent, planned = consent_of(subject), subject.planned_infusion_at
    known = {name: values.get(name) for name in (*SCREENING_FACTS, "sources")}
    if consent is not None:
        known |= {
            "consent_date": subject.site.date_of(consent.given_at),
            "consent_by": ConsentBy.PARTICIPANT,
        }
    if planned is not None:
        known["planned_infusion_date"] = subject.site.date_of(planned)
    return build(Facts, {name: value for name, value in known.items() if value not in (None, "")}, "facts")


def facts_of(subject: Subject) -> Facts:
    screening = screening_of(subject)
    return facts_from(subject, vars(screening) if screening else {})


def strata_of(subject: Subject) -> dict[str, Any]:
    """The values by which the list is stratified, as they are now: facts named in the protocol."""
    facts = facts_of(subject)
    return {name: getattr(facts, name) for name in protocol_of(subject).strata}


def current_verdict(subject: Subject, on: date) -> Verdict:
    """What the rules say on a day of what is recorded."""
    return assess(facts_of(subject), protocol_of(subject), on)


def infusion_window(subject: Subject) -> Window | None:
    """None as long as symptom onset is not recorded."""
    return window_of(facts_of(subject), protocol_of(subject))


def signed_eligibility(subject: Subject, *, at: datetime) -> EligibilityAssessment | None:
    """The investigator's signature, if it still holds: not taken back, young enough, on the facts of today, true."""
    signed, screening = subject.assessments.last(), screening_of(subject)
    if signed is None or signed.decision != EligibilityAssessment.Decision.ELIGIBLE:
        return None
    if subject.state == SubjectState.CONSENTED:
        return None
    age = at - signed.assessed_at
    valid = timedelta(hours=protocol_of(subject).signature_valid_hours)
    if screening is None or screening.version != signed.screening_version or age > valid:
        return None
    still = current_verdict(subject, subject.site.date_of(at)).outcome in SIGNABLE
    return signed if still else None


def last_eligible(subject: Subject) -> EligibilityAssessment | None:
    """The last signed decision that the participant is eligible, whether or not it still holds."""
    return subject.assessments.filter(decision=EligibilityAssessment.Decision.ELIGIBLE).last()


def people_who_assess(site: StudySite, *, at: datetime) -> list[StaffMember]:
    """The investigators who sign eligibility at a study site at `at`."""
    task = Task.ASSESS_ELIGIBILITY
    return [person for person in delegated_for(task, site) if can(Actor.of(person, at=at), task, site.pk)]


def draft_of(subject: Subject) -> ScreeningDraft | None:
    return ScreeningDraft.objects.select_related("author").filter(subject=subject).first()


def typed_facts(facts: Facts) -> dict[str, Any]:
    """Facts of the screening form itself as plain JSON, without those of other records."""
    return {name: value for name, value in facts_as_json(facts).items() if name in SCREENING_FACTS}


def memory_of(subject: Subject, on: date) -> dict[str, Shown]:
    """What verdicts have shown of each fact: those beside the draft, else the one of what is saved."""
    if draft := draft_of(subject):
        return memory_from_json(draft.shown)
    return remember({}, typed_facts(facts_of(subject)), current_verdict(subject, on))


def changes_after_verdict(subject: Subject, values: Mapping[str, Any], on: date) -> list[Replaced]:
    """What `values` of the screening form would change although a verdict was shown with it, not noted yet."""
    return replaced(memory_of(subject, on), typed_facts(facts_from(subject, values)))


def owes_a_reason(subject: Subject, values: Mapping[str, Any], on: date) -> bool:
    """Must whoever saves these values say why something changed after a verdict was shown?"""
    noted = subject.changes_after_verdict.filter(reason="").exists()
    return noted or bool(changes_after_verdict(subject, values, on))


def replays() -> Iterator[dict[str, Any]]:
    """Every assessment with what its verdict, recomputed, says otherwise; under the version it was made with."""
    for assessment in EligibilityAssessment.objects.select_related("subject").iterator(chunk_size=200):
        version = assessment.protocol_version
        known = version in protocol.versions()
        yield {
            "participant": assessment.subject.number,
            "assessed_at": assessment.assessed_at.isoformat(),
            "protocol_version": version,
            "differences": differences(assessment.facts, assessment.verdict, protocol.load(version))
            if known
            else [f"there is no protocol version {version}"],
        }
