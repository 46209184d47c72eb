"""What follows a code break: who learned what, with which consequences, signed by an investigator."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from enrollment.models import Subject
from randomization.models import CodeBreak, ImpactAssessment
from randomization.unblinding.code_break import know
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StaffMember
from trial_site.core.permissions import Task, require
from trial_site.monitoring.actions import sign
from trial_site.monitoring.models import Signature
from trial_site.monitoring.selectors import ref_of


@action
def assess_impact(
    code_break: CodeBreak,
    *,
    learned: str,
    consequences: str,
    people: Iterable[StaffMember],
    password: str,
    by: Actor,
    at: datetime,
) -> ImpactAssessment:
    """Sign the impact assessment; `people` are those of the staff who learned the arm beside who broke the code."""
    subject = code_break.subject
    require(by, Task.CLOSE_DEVIATION, subject.site_id)
    Subject.objects.select_for_update(no_key=True).get(pk=subject.pk)
    if ImpactAssessment.objects.filter(code_break=code_break).exists():
        raise Refused(_("The impact of this code break is assessed already. Nothing was changed."))
    impact = ImpactAssessment.objects.create(
        code_break=code_break,
        subject=subject,
        learned=learned.strip(),
        consequences=consequences.strip(),
        assessed_by_id=by.person_id,
        assessed_at=at,
    )
    know(code_break, list(people), at=at)
    sign(
        ref_of("CB", code_break),
        meaning=Signature.Meaning.UNBLINDING,
        content=signed_content(code_break),
        password=password,
        by=by,
        at=at,
    )
    return impact


def signed_content(code_break: CodeBreak) -> dict[str, Any]:
    """What the signature is bound to."""
    impact = ImpactAssessment.objects.get(code_break=code_break)
    return {
        "subject": code_break.subject.number,
        "broken_at": code_break.broken_at,
        "category": code_break.category,
        "learned": impact.learned,
        "consequences": impact.consequences,
        "assessed_at": impact.assessed_at,
    }
