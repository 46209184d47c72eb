"""Refusals. A refusal is a sentence that is safe for anyone to read: it never depends on an arm."""

from collections.abc import Callable, Mapping

from django.utils.functional import Promise

Sentence = str | Promise


class Refused(Exception):
    """The study does not allow this now. `fields` maps form fields to the sentence shown beside them.

    What a refused action wrote is rolled back. What must be known of the attempt is written by `keep`, which the
    action calls afterwards.
    """

    status = 409
    undone = True
    keep: Callable[[], object] | None = None

    def __init__(self, sentence: Sentence = "", fields: Mapping[str, Sentence] | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.fields = dict(fields or {})

    def __str__(self) -> str:
        return " ".join(str(s) for s in [self.sentence, *self.fields.values()] if s)


class StillWaiting(Refused):
    """Not now; what was asked for is kept, and will be met."""

    undone = False


class NotAllowed(Refused):
    """This person may not do this: role, delegation or site."""

    status = 403


class StaleRecord(Refused):
    """Somebody else saved the record since this person opened it. Nothing was overwritten."""
