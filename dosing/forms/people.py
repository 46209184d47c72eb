"""What several forms share: passwords, second people, doubts."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from dosing.actions.refusals import sentence
from trial_site.core.checks import Concern
from trial_site.core.forms import ActionForm
from trial_site.core.models import StaffMember
from trial_site.core.protocol import Protocol


def concerns_of(doubts: Mapping[str, str], protocol: Protocol) -> list[Concern]:
    return [Concern(field, sentence(kind, protocol)) for field, kind in doubts.items()]


class SecondPersonForm(ActionForm):
    """Somebody else who checks, with their own password; `people` are those who may."""

    person_field = "second_person"

    def __init__(self, *args: Any, people: QuerySet[StaffMember], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[self.person_field].queryset = people
