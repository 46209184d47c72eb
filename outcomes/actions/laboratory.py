"""Reference ranges of a study site, and judging results outside of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from enrollment.actions.subjects import SINCE_CONSENT, lock
from enrollment.models import Subject
from outcomes.models import ReferenceRange, ResultJudgement
from outcomes.selectors import unjudged_results
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StudySite
from trial_site.core.permissions import Task, require


@action
def set_reference_range(site: StudySite, *, values: Mapping[str, Any], by: Actor) -> ReferenceRange:
    """What the site's laboratory calls normal; a range of the same result, sex and age replaces the one before.

    Raises Refused beside `high` for a range without an end or upside down.
    """
    require(by, Task.RECORD_LABORATORY, site.pk)
    low, high = values["low"], values["high"]
    if low is None and high is None:
        raise Refused(fields={"high": _("A range has a lower or an upper end.")})
    if low is not None and high is not None and low > high:
        raise Refused(fields={"high": _("The upper end is below the lower.")})
    which = {name: values[name] for name in ("field", "sex", "age_from")}
    ends = {name: values[name] for name in ("age_to", "low", "high")}
    return ReferenceRange.objects.update_or_create(site=site, **which, defaults=ends)[0]


@action
def judge_result(
    subject: Subject, *, key: str, significant: bool, followed_by: str = "", by: Actor, at: datetime
) -> ResultJudgement:
    """An investigator says whether a result out of range matters; if so, it becomes an event or history."""
    require(by, Task.JUDGE_LABORATORY, subject.site_id)
    lock(subject, *SINCE_CONSENT)
    result = next((one for one in unjudged_results(subject) if one.key == key), None)
    if result is None:
        raise Refused(_("This result is judged already, or was changed meanwhile. Nothing was kept."))
    if significant and not followed_by:
        raise Refused(fields={"followed_by": _("Say what it is recorded as.")})
    return ResultJudgement.objects.create(
        subject=subject,
        panel=result.form,
        panel_record=result.record_id,
        item=result.field,
        value=result.value,
        grade=result.grade,
        significant=significant,
        followed_by=followed_by if significant else "",
        judged_at=at,
        judged_by_id=by.person_id,
    )
