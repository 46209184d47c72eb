import pytest
from django.utils import timezone

from tests.clinic import NOW


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
