"""`{% if request.actor|may:"randomize" %}` and `{% can "randomize" subject.site_id as allowed %}`."""

from django import template

from trial_site.core.actors import Actor
from trial_site.core.permissions import can as actor_can

register = template.Library()


@register.filter
def may(actor: Actor | None, task: str) -> bool:
    """May this person do `task` at any study site?"""
    return actor is not None and actor_can(actor, task)


@register.simple_tag(takes_context=True)
def can(context: dict, task: str, site_id: int | None = None) -> bool:
    """May the person who asks for this page do `task` at this site?"""
    actor = context["request"].actor
    return actor is not None and actor_can(actor, task, site_id)
