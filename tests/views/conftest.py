import pytest


@pytest.fixture(autouse=True)
def _static_files_without_manifest(settings) -> None:
    """Pages are drawn without collecting and hashing static files first."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
