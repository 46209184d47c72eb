from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.clinic import NOW
from tests.story import participant_at


@pytest.fixture(autouse=True)
def _static_files_without_manifest(settings) -> None:
    """Pages are drawn without collecting and hashing static files first."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


@pytest.fixture
def clock(monkeypatch):
    """Sets the time at which pages are opened, inside the story."""
    return lambda at: monkeypatch.setattr(timezone, "now", lambda: at)


@pytest.fixture
def clinic(cast, client, monkeypatch):
    """Everyone's clock stands at NOW."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    cast.enter = lambda who: client.force_login(getattr(cast, who).staff)
    return cast


@pytest.fixture
def ward(cast, client, monkeypatch) -> SimpleNamespace:
    """Noon of an infused participant's day 7; everyone's clock says so."""
    subject, infused_at = participant_at("infused")
    day0 = subject.site.date_of(infused_at)
    noon = datetime.combine(day0 + timedelta(days=7), datetime.min.time(), tzinfo=subject.site.tz)
    noon += timedelta(hours=12)
    monkeypatch.setattr(timezone, "now", lambda: noon)
    today = noon.date().isoformat()
    ward = SimpleNamespace(subject=subject, noon=noon, today=today, day0=day0, cast=cast, client=client)
    ward.sign_in = lambda who: client.force_login(getattr(cast, who).staff)
    ward.url = lambda name, *more: reverse(f"outcomes:{name}", args=[subject.number, *more])
    return ward
