"""Whoever follows a link arrives: no page offers its reader what they may not open, or what is not there."""

from collections import Counter, deque
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from tests.cast import LOGINS, Member
from tests.pages import signed_in
from tests.scenes import staged
from tests.story import participant_at
from trial_site.blinding.crawl import Links, kind_of
from trial_site.monitoring import actions as monitoring
from trial_site.monitoring.selectors import ref_of

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
PER_KIND = 2


def dead_ends(client: Client) -> list[str]:
    """Of each kind of page a few are read, from the start page on."""
    waiting: deque[tuple[str, bool, str]] = deque([(reverse("home"), False, "")])
    seen, read = {reverse("home")}, Counter[str]()
    found = []
    while waiting:
        address, fragment, source = waiting.popleft()
        kind = kind_of(address)
        read[kind] += 1
        if read[kind] > PER_KIND:
            continue
        response = client.get(address, headers={"hx-request": "true"} if fragment else None)
        if response.status_code >= 400:
            found.append(f"{source} -> {address}: {response.status_code}")
        body = b"" if response.streaming else response.content
        target = response.headers.get("Location")
        text = f'<a href="{target}">' if target else body.decode(errors="replace")
        for page, part in Links(address, text).pages:
            if page not in seen:
                seen.add(page)
                waiting.append((page, part, address))
    return found


def eventful() -> None:
    """Somebody who was followed, with what asks for attention: results, a query, a deviation, letters."""
    subject, now = participant_at("followed")
    ref = ref_of("SU", subject)
    monitor = Member("monitor@demo.example")
    monitoring.open_query(ref, text="Sure?", origin="person", by=monitor.actor(now), at=now)
    monitoring.raise_deviation(
        ref, kind="other", grade="minor", text="Late", occurred_on=now.date(), by=monitor.actor(now), at=now
    )
    with TemporaryDirectory() as folder:
        call_command(
            "make_code_letters", by="statistician.unblinded@demo.example", output=Path(folder, "letters.pdf")
        )


@pytest.mark.parametrize("role", LOGINS)
def test_no_link_leads_nowhere(cast, role):
    staged("eventful", eventful)
    assert dead_ends(signed_in(getattr(cast, role))) == []
