"""Sentences the rules give back: an English message and its parameters, translated where they are shown."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple, Self

Translate = Callable[[str], str]
Show = Callable[[Any], str]


def _(message: str) -> str:
    """Marks a message for translation; whoever shows it translates it."""
    return message


class Choice(StrEnum):
    """A coded answer with its English label."""

    label: str

    def __new__(cls, value: str, label: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


class Message(NamedTuple):
    """A msgid with %(name)s places. Its parameters may be messages and choices themselves."""

    msgid: str
    params: Mapping[str, object] = {}

    def text(self, translate: Translate = str, show: Show = str) -> str:
        """The sentence; `show` writes numbers and dates the reader's way."""
        if not self.params:
            return translate(self.msgid)
        params = {name: shown(value, translate, show) for name, value in self.params.items()}
        return translate(self.msgid) % params


def shown(value: object, translate: Translate = str, show: Show = str) -> str:
    """Any value a rule gives back as text; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, Message):
        return value.text(translate, show)
    if isinstance(value, Choice):
        return translate(value.label)
    if isinstance(value, tuple):
        return "; ".join(shown(one, translate, show) for one in value)
    return show(value)
