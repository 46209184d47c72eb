"""The proof reads every format of export: its page, and the file as text that can be compared."""

import pytest
from django.contrib.messages import INFO
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from tests.story import participant_at
from trial_site.blinding.crawl import Visitor, legible
from trial_site.blinding.replica import Unprinted, forms_of_the_study
from trial_site.core import printing
from trial_site.exports.models import Export, ExportFormat, ExportState

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_format_is_in_the_proof(cast, settings, tmp_path, monkeypatch) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    settings.EXPORT_FOLDER = tmp_path
    monkeypatch.setattr(printing, "typst", Unprinted)
    subject, _now = participant_at("seen_on_day_3")
    client = Client()
    client.force_login(cast.monitor.staff)
    visitor = Visitor("monitor", client)
    parts = dict(visitor.export(reverse("exports:make"), ExportFormat.values, forms_of_the_study()))
    assert set(Export.objects.values_list("state", flat=True)) == {ExportState.READY}
    # A certified copy, which only a locked site gets, holds what the others hold.
    for each in set(ExportFormat.values) - {ExportFormat.CERTIFIED}:
        page, file = parts[f"monitor: page of export {each}"], parts[f"monitor: file of export {each}"]
        assert page.startswith("200\n")
        assert file.startswith("200\n")
        assert subject.number in file
        assert "CANARY" not in page + file


@pytest.mark.parametrize("times", [1, 40])
def test_a_cookie_is_read_whether_it_is_packed_or_not(times):
    """Django packs what gets shorter by it."""
    text = "Deviation D-ABCDE is open. " * times
    response, storage = HttpResponse(), CookieStorage(RequestFactory().get("/"))
    storage.add(INFO, text)
    storage.update(response)
    cookie = response.cookies["messages"].OutputString()
    assert text not in cookie
    assert text in legible(cookie)
