"""The request as pages know it, after the middleware has said who asks."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from trial_site.core.actors import Actor
from trial_site.core.models import StaffMember


class StaffRequest(HttpRequest):
    """A request of a signed-in member of staff."""

    actor: Actor
    user: StaffMember
    htmx: HtmxDetails
