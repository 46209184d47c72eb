"""What is typed into a form and not saved: kept on the server while its author types (ADR 10)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext as _

from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.http import StaffRequest
from trial_site.core.models import StaffMember


class Draft(models.Model):
    """The one draft of a form.

    window, turn: the browser window that types, and its latest message, so that a late one overwrites nothing.
    version: of the saved form that the author began from, 0 for none.
    typed: as the browser sends it, a list of texts by field name.
    """

    author = models.ForeignKey(StaffMember, models.PROTECT, related_name="+")
    window = models.CharField(max_length=40, blank=True)
    turn = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)
    typed: Any = models.JSONField(default=dict)
    kept_at = models.DateTimeField()

    class Meta:
        abstract = True


@dataclass(frozen=True)
class Typed:
    """What a browser window sends while somebody types.

    continues: the window whose draft this one was opened with. typing: the field that is being typed right now,
    whose value is kept but not judged before it is complete.
    """

    fields: Mapping[str, list[str]]
    window: str = ""
    continues: str = ""
    turn: int = 0
    version: int = 0
    typing: str = ""

    @classmethod
    def of(cls, post: QueryDict, names: Iterable[str]) -> "Typed":
        return cls(
            fields={name: post.getlist(name) for name in names if name in post},
            window=post.get("window", "")[:40],
            continues=post.get("continues", ""),
            turn=_number_in(post.get("turn", "")),
            version=_number_in(post.get("version", "")),
            typing=post.get("typing", ""),
        )

    def is_newer_than(self, draft: Draft | None) -> bool:
        return draft is None or draft.window != self.window or draft.turn < self.turn

    def columns(self) -> dict[str, Any]:
        return {
            "window": self.window,
            "turn": self.turn,
            "version": self.version,
            "typed": dict(self.fields),
        }


def _number_in(text: str) -> int:
    """A counter of the page's own script; anything else counts as its beginning."""
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def as_typed(draft: Draft, names: Iterable[str]) -> dict[str, Any]:
    """Everything as it was typed, valid or not, for the form that goes on with it."""
    return {name: draft.typed.get(name, [""])[-1] for name in names}


def refuse_other_draft(draft: Draft | None, typed: Typed, by: Actor) -> None:
    if draft is None:
        return
    if draft.author_id != by.id:
        raise Refused(others_draft(draft))
    if draft.window not in (typed.window, typed.continues):
        raise Refused(
            _(
                "You go on with this form in another window. What you type here is not kept; close this window."
            )
        )


def others_draft(draft: Draft) -> str:
    return _("%(name)s is filling in this form and has not saved it. Nothing was overwritten.") % {
        "name": draft.author
    }


def refuse_somebody_else(request: StaffRequest) -> None:
    """On a shared workstation another person may have signed in since this page was opened."""
    if request.POST.get("opened_by", str(request.actor.id)) != str(request.actor.id):
        raise Refused(_("Somebody else opened this page and typed here. Sign in as that person to keep it."))
