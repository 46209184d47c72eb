"""Who works on the study: staff and the delegation log."""

from django.db.models import QuerySet

from trial_site.core.models import Delegation, StaffMember


def staff_list() -> QuerySet[StaffMember]:
    return StaffMember.objects.select_related("site").order_by("full_name")


def delegation_log() -> QuerySet[Delegation]:
    """Every line, the latest first; a line is never removed."""
    return Delegation.objects.select_related("staff", "site", "signed_by").order_by(
        "-starts_at", "staff", "task"
    )
