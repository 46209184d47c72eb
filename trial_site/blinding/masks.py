"""What differs between two clones that were not changed: a closed list, each entry as long as what it hides.

docs/blinding-proof.md gives the reason of each; tests/secrecy/test_masks.py shows that each hides no more.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

RANDOM = {
    "CSRF token in a page": r'(?<=name="csrfmiddlewaretoken" value=")[A-Za-z0-9]{64}(?=")',
    "CSRF token for htmx": r'(?<="x-csrftoken": ")[A-Za-z0-9]{64}(?=")',
    "CSRF cookie": r"(?<=csrftoken=)[A-Za-z0-9]{32}(?=;)",
    "session cookie": r"(?<=sessionid=)[a-z0-9]{32}(?=;)",
    "time and signature of a message cookie": r"(?<=:)[0-9A-Za-z]{6}:[\w-]{43}(?=; HttpOnly; Path=/; SameSite=Lax)",
    "request id": r'(?<="request": ")[0-9a-f]{32}(?=")',
    "transaction id": r'(?<="tx": )\d{20}(?=[,}])',
    "hash in the open chain": r'(?<="(?:root|hash|leaf)": "\\\\x)[0-9a-f]{64}(?=")',
    "hash of the seal before": r'(?<="previous": "\\\\x)[0-9a-f]{64}(?=")',
    "sealed entry of the identification log": r'(?<="sealed": ")gAAAAA[\w-]+={0,2}(?=")',
    "hash of a member in the manifest of an export": r'(?<=\n   "sha256": ")[0-9a-f]{64}(?=")',
    "hash of the last seal in the manifest of an export": r'(?<=\n  "sha256": ")[0-9a-f]{64}(?=")',
    "hash of a member in the row of an export": r'(?<=", "sha256": ")[0-9a-f]{64}(?="\}[,\]])',
    "hash of the last seal in the row of an export": r'(?<="seal": \d, "sha256": ")[0-9a-f]{64}(?=")',
    "file id of a tabulation": r'(?<="fileOID": "urn:uuid:)[0-9a-f-]{36}(?=/)',
    "file id of an ODM export": r'(?<=FileOID="urn:uuid:)[0-9a-f-]{36}(?=")',
}
YEARLY_COOKIE = (
    r"(?<=expires=)[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT(?=; HttpOnly; Max-Age=31449600)"
)
HIDDEN = re.compile("|".join([*RANDOM.values(), YEARLY_COOKIE]))

# Every way in which the application writes an instant; the named part is compared with the minutes of the run.
STAMP = re.compile(
    r"(?<!\d)(?<!\d\.)(?:"
    r"(?P<iso>\d{4}-\d\d-\d\d[T ]\d\d:\d\d)(?::\d\d(?:\.\d{6})?)?"
    r"|(?P<page>\d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d)"
    r"|(?P<file>\d{8}T\d{4})\d\dZ"
    r"|[A-Z][a-z]{2}, (?P<mail>\d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d):\d\d (?:GMT|-0000)"
    r")"
)
FRACTION = re.compile(r"(\d\d:\d\d:\d\d)(?:\.(\d+))?(?=\+00:00|Z)")
TRANSACTION = re.compile(r'(?<="tx": )\d+')
FORMATS = ("%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%-d %b %Y, %H:%M", "%Y%m%dT%H%M", "%d %b %Y %H:%M")
ZONES = (ZoneInfo("UTC"), ZoneInfo("Asia/Shanghai"))


def of_equal_length(text: str) -> str:
    """Instants and transaction ids with all their zeros, which PostgreSQL leaves out, so that masks fit."""
    text = FRACTION.sub(lambda found: f"{found[1]}.{found[2] or '':0<6}", text)
    return TRANSACTION.sub(lambda found: found[0].zfill(20), text)


# What is drawn afresh in each clone, and the names it gets instead.
DRAWN = {
    "queries": "Q-{:05d}",
    "deviations": "D-{:05d}",
    "exports": "{:064x}",
    "codes": "{:016x}",
}


def blank(match: re.Match[str]) -> str:
    return "#" * len(match[0])


@dataclass(frozen=True)
class Clock:
    """The minutes in which the compared clones were at work, the same for both, so that an instant that is the
    same in both is treated the same. Instants outside of them stay visible."""

    minutes: Collection[str]

    @classmethod
    def of(cls, *found: dict[str, Any]) -> "Clock":
        began, ended = ([datetime.fromisoformat(each[name]) for each in found] for name in ("began", "ended"))
        return cls.between(min(began), max(ended))

    @classmethod
    def between(cls, began: datetime, ended: datetime) -> "Clock":
        count = int((ended - began).total_seconds()) // 60 + 2
        run = [began + timedelta(minutes=index) for index in range(count)]
        return cls({f"{at.astimezone(zone):{form}}" for at in run for zone in ZONES for form in FORMATS})

    def hide(self, text: str) -> str:
        return STAMP.sub(self._hide, text)

    def _hide(self, match: re.Match[str]) -> str:
        return blank(match) if match[str(match.lastgroup)] in self.minutes else match[0]


class NotOneToOne(Exception):
    """Two things drawn at random have the same name."""


def new_names(form: str, drawn: Sequence[str]) -> dict[str, str]:
    if len(set(drawn)) != len(drawn):
        raise NotOneToOne(f"{len(drawn)} names, of which {len(set(drawn))} are different")
    return {name: form.format(index) for index, name in enumerate(drawn, start=1)}


@dataclass(frozen=True)
class Masks:
    """All masks for one clone's findings."""

    clock: Clock
    names: dict[str, str]

    @classmethod
    def of(cls, found: dict[str, Any], clock: Clock) -> "Masks":
        names: dict[str, str] = {}
        for drawn, form in DRAWN.items():
            names |= new_names(form, found[drawn])
        return cls(clock, names)

    def apply(self, text: str) -> str:
        return self.clock.hide(HIDDEN.sub(blank, self._rename(text)))

    def _rename(self, text: str) -> str:
        if not self.names:
            return text
        known = re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, self.names)) + r")(?!\w)")
        return known.sub(lambda match: self.names[match[0]], text)
