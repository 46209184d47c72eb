"""Whoever knows what a participant gets, or was at the infusion, assesses nothing of that participant."""

from django.utils.translation import gettext as _

from dosing.selectors import attended_infusion
from enrollment.models import Subject
from outcomes.rules.sheets import SHEETS
from randomization.selectors import has_seen_arm
from trial_site.core.actors import Actor
from trial_site.core.errors import NotAllowed
from trial_site.core.permissions import Task, can, require

BLIND = (Task.ASSESS_OUTCOMES, Task.READ_CT, Task.ASSESS_CAUSALITY)


def require_blind(by: Actor, task: Task, subject: Subject) -> None:
    """As `require`; a task that must be done blind is refused to who has seen the arm of this participant, and
    assessing outcomes to who was at the infusion, in whatever role."""
    require(by, task, subject.site_id)
    if task in BLIND and has_seen_arm(by, subject):
        raise NotAllowed(_("You know the treatment of this participant. Somebody else must assess."))
    if task == Task.ASSESS_OUTCOMES and by.id and attended_infusion(by.id, subject):
        raise NotAllowed(
            _("You attended this participant's infusion. Somebody else assesses their outcomes.")
        )


def task_for(form: str) -> Task:
    """Whose form it is: the blinded assessor's, or the coordinator's; adverse events also the investigators'."""
    if form == "AE":
        return Task.RECORD_SAFETY
    return Task.ASSESS_OUTCOMES if SHEETS[form].assessor else Task.RECORD_LABORATORY


def may_judge_causality(by: Actor, subject: Subject) -> bool:
    return can(by, Task.ASSESS_CAUSALITY, subject.site_id) and not has_seen_arm(by, subject)
