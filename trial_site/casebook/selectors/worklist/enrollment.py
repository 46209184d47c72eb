"""What waits until a participant is eligible."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from enrollment.models import Screening, ScreeningDraft, SubjectState
from enrollment.selectors import (
    consents_due,
    infusion_window,
    signed_eligibility,
    taking_part,
)
from trial_site.casebook.selectors.worklist.desk import Desk, Todo, page_of
from trial_site.casebook.selectors.worklist.dosing import infusions_at, planned_on, randomization_is_near
from trial_site.core.administration.selectors import begins_log, staff_to_delegate
from trial_site.core.permissions import Task


def delegations(desk: Desk) -> Iterator[Todo]:
    """The log begins with the principal investigator's own line; then nobody with an account waits for one."""
    people = staff_to_delegate(desk.actor)
    if begins_log(desk.actor):
        sentence = _("Sign your own line of the delegation log, %(name)s")
    else:
        people, sentence = people.filter(delegations=None), _("Delegate tasks to %(name)s")
    for person in people:
        page = reverse("administration:delegate", args=[person.pk])
        yield Todo("", sentence % {"name": person.full_name}, page, timezone.localdate(desk.at))


def consents(desk: Desk) -> Iterator[Todo]:
    for subject in desk.waiting(Task.SCREEN, state=SubjectState.IDENTIFIED):
        sentence = _("Record whether %(number)s consents")
        yield desk.todo(subject, sentence, page_of(subject, "enrollment:consent"))


def consents_again(desk: Desk) -> Iterator[Todo]:
    for subject, version in consents_due(desk.waiting(Task.SCREEN), at=desk.at):
        sentence = _("Obtain consent of %(number)s to version %(version)s of the consent form")
        page = page_of(subject, "enrollment:consent")
        yield desk.todo(subject, sentence, page, due=version.approved_on, version=version)


def screenings(desk: Desk) -> Iterator[Todo]:
    unscreened = ~Exists(Screening.objects.filter(subject=OuterRef("pk")))
    typed = Exists(ScreeningDraft.objects.filter(subject=OuterRef("pk")))
    waiting = taking_part(desk.waiting(Task.SCREEN, state=SubjectState.CONSENTED)).annotate(typed=typed)
    for subject in waiting.filter(unscreened | typed):
        sentence = _("Fill in the screening form of %(number)s")
        if subject.typed:
            sentence = _("Save the screening form of %(number)s: something is typed and not saved")
        yield desk.todo(subject, sentence, page_of(subject, "enrollment:screening"))


def assessments(desk: Desk) -> Iterator[Todo]:
    screened = Exists(Screening.objects.filter(subject=OuterRef("pk")))
    waiting = taking_part(desk.waiting(Task.ASSESS_ELIGIBILITY, state=SubjectState.CONSENTED))
    for subject in waiting.filter(screened):
        sentence = _("Decide on the eligibility of %(number)s")
        window, page = infusion_window(subject), page_of(subject, "enrollment:eligibility")
        yield desk.todo(subject, sentence, page, due=window and window.last)


def closed_windows(desk: Desk) -> Iterator[Todo]:
    """Eligible until the last day of the window passed without a randomization."""
    for subject in taking_part(desk.waiting(Task.ASSESS_ELIGIBILITY, state=SubjectState.ELIGIBLE)):
        window = infusion_window(subject)
        if window and window.last < subject.site.date_of(desk.at):
            sentence = _("Record the screen failure of %(number)s: the infusion window has closed")
            yield desk.todo(subject, sentence, page_of(subject, "enrollment:eligibility"), due=window.last)


def lapsed_assessments(desk: Desk) -> Iterator[Todo]:
    for due in infusions_at(desk, "randomize", Task.ASSESS_ELIGIBILITY):
        if randomization_is_near(due, desk.at) and not signed_eligibility(due.subject, at=desk.at):
            sentence = _("Sign the eligibility of %(number)s again: the signature is out of date")
            yield desk.todo(
                due.subject, sentence, page_of(due.subject, "enrollment:eligibility"), due=planned_on(due)
            )
