"""What a form does that goes on with what was typed and not saved."""

from typing import Any

from outcomes.models import FormDraft
from trial_site.core.drafts import as_typed
from trial_site.core.forms import RecordForm


class Drafted(RecordForm):
    """Of a record. place: where its draft is; draft: what this person typed and has not saved;
    others: the draft of somebody else."""

    def __init__(
        self,
        *args: Any,
        place: str = "",
        draft: FormDraft | None = None,
        others: FormDraft | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.place, self.draft, self.others = place, draft, others
        if draft and draft.typed:
            self.initial = as_typed(draft, self.fields) | {"version": draft.version}

    def remarks(self, *, typing: str = "") -> list[tuple[Any, Any]]:
        """Label and sentence of what is wrong or unlikely among the fields that are filled in, but for the one that
        is being typed."""
        wrong = [(name, error) for name, errors in self.errors.items() for error in errors]
        asked = {concern.field: concern.message for concern in self.confirmations}
        told = [
            (name, asked.get(name, sentence))
            for name, sentence in wrong
            if self.data.get(name) and name != typing
        ]
        return [(self.fields[name].label, sentence) for name, sentence in told]
