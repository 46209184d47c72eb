"""Departures from the protocol around the infusion, each raised once; the words fit both arms."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dosing.models import BagReturn, Infusion, ProductProblem
from dosing.rules.problems import PATHS
from trial_site.core.actors import Actor
from trial_site.monitoring.actions import raise_deviation
from trial_site.monitoring.models import DeviationGrade, DeviationKind, RecordRef
from trial_site.monitoring.selectors import ref_of

SAID = {
    "recorded_afterwards": gettext_lazy("recorded afterwards"),
    "outside_window": gettext_lazy("outside the infusion window"),
    "not_randomized": gettext_lazy("before or without randomization"),
    "randomized_too_early": gettext_lazy("too long after randomization"),
    "treatment_ended": gettext_lazy("after treatment or consent had ended"),
    "first_apart": gettext_lazy("too soon after another of the first participants"),
    "wrong_bag": gettext_lazy("a bag that was not this participant's"),
    "bag_used": gettext_lazy("a bag that had been given already"),
    "not_released": gettext_lazy("a bag without a recorded release"),
    "past_start_by": gettext_lazy("started after the bag's last time to start"),
    "past_use_by": gettext_lazy("ended after the bag's use-by time"),
    "no_recheck": gettext_lazy("without a signed re-check"),
    "recheck_old": gettext_lazy("with a re-check that was too old"),
    "one_person": gettext_lazy("identified by one person only"),
    "no_vitals_before": gettext_lazy("without recorded vital signs before"),
    "blind_not_kept": gettext_lazy("the blind was not kept"),
}


def told(departures: Iterable[str]) -> str:
    return "; ".join(str(SAID[each]) for each in departures)


def deviate_afterwards(infusion: Infusion, *, by: Actor, at: datetime) -> None:
    """One major deviation that names every departure of an infusion recorded afterwards."""
    text = _("Infusion %(bag)s: %(departures)s.") % {
        "bag": infusion.bag_code,
        "departures": told(infusion.departures),
    }
    _deviate(infusion, DeviationKind.DOSING, DeviationGrade.MAJOR, text, "afterwards", by=by, at=at)


def deviate_at_the_end(infusion: Infusion, *, by: Actor, at: datetime) -> None:
    """An end beyond the use-by time, and a blind that was not kept."""
    release = getattr(infusion.order, "release", None)
    if release and infusion.stopped_at and infusion.stopped_at > release.use_by:
        text = _("The infusion ended after the use-by time of the bag.")
        _deviate(infusion, DeviationKind.PRODUCT, DeviationGrade.MAJOR, text, "use-by", by=by, at=at)
    if infusion.blind_kept is False:
        text = _("The blind was not kept during the infusion.")
        _deviate(infusion, DeviationKind.UNBLINDING, DeviationGrade.MAJOR, text, "blind", by=by, at=at)


def _deviate(
    infusion: Infusion, kind: str, grade: str, text: str, cause: str, *, by: Actor, at: datetime
) -> None:
    raise_deviation(
        ref_of("IN", infusion),
        kind=kind,
        grade=grade,
        text=text,
        occurred_on=infusion.subject.site.date_of(infusion.started_at),
        cause=f"infusion:{infusion.pk}:{cause}",
        by=by,
        at=at,
    )


def deviate_of_problem(problem: ProductProblem, *, by: Actor, at: datetime) -> None:
    """The deviation that belongs to a problem with a bag, if the protocol does not foresee it."""
    grade, subject = PATHS[problem.kind].deviation, problem.subject
    if grade:
        raise_deviation(
            RecordRef("OR", problem.order_id, subject.number, subject.site_id),
            kind=DeviationKind.PRODUCT,
            grade=grade,
            text=_("Problem with a bag: %(what)s.") % {"what": problem.get_kind_display()},
            occurred_on=subject.site.date_of(problem.noticed_at),
            cause=f"problem:{problem.pk}",
            by=by,
            at=at,
        )


def deviate_of_return(taken: BagReturn, *, by: Actor, at: datetime) -> None:
    """A bag or line that came back uncovered may have been seen."""
    if not taken.covered:
        subject = taken.subject
        raise_deviation(
            RecordRef("OR", taken.order_id, subject.number, subject.site_id),
            kind=DeviationKind.UNBLINDING,
            grade=DeviationGrade.MINOR,
            text=_("The bag or its line came back to the pharmacy without an intact sleeve."),
            occurred_on=subject.site.date_of(taken.returned_at),
            cause=f"return:{taken.pk}",
            by=by,
            at=at,
        )
