"""What an export could not carry is refused where it is typed, with a sentence; everything else is taken as it is."""

from collections.abc import Iterator

import pytest
from django.forms import CharField, DateField, DateTimeField
from django.forms.forms import BaseForm
from django.test import Client
from django.urls import get_resolver, reverse
from lxml import etree

from outcomes.models import AdverseEvent
from tests.exports.conftest import ODD_TEXTS
from trial_site.core.forms import ActionForm
from trial_site.exports.odm_clinical import quoted

PACKAGES = ("trial_site", "enrollment", "randomization", "dosing", "outcomes")
SENTENCE = "contains a character that cannot be stored"
ILLEGAL = ("\x0b", "\x01", "\x1f", "\ufffe", "\uffff")


class Note(ActionForm):
    text = CharField(strip=False, required=False)
    on = DateField(required=False)
    at = DateTimeField(required=False)


@pytest.mark.parametrize("character", ILLEGAL)
def test_a_character_that_xml_cannot_carry_is_refused_beside_its_field(character) -> None:
    form = Note({"text": f"fever {character} and chills"})
    assert SENTENCE in str(form.errors["text"])
    with pytest.raises(ValueError, match="XML compatible"):
        etree.Element("x").text = character


@pytest.mark.parametrize("text", [*ODD_TEXTS, "𠮷野家 👩‍⚕️", "a\u00a0b\u2028c"])
def test_every_other_text_is_taken_and_comes_through_xml_unchanged(text) -> None:
    form = Note({"text": text})
    assert form.is_valid()
    assert etree.fromstring(f'<x y="{quoted(form.cleaned_data["text"])}"/>').get("y") == text


@pytest.mark.parametrize("year", ["0001", "1899", "2200", "9999"])
def test_an_instant_that_no_other_zone_can_show_is_refused_beside_its_field(year) -> None:
    form = Note({"on": f"{year}-01-01", "at": f"{year}-12-31T23:59"})
    assert {name for name, said in form.errors.items() if "The year is not between" in str(said)} == {
        "on",
        "at",
    }


@pytest.mark.parametrize("year", ["1900", "2199"])
def test_every_other_year_is_taken(year) -> None:
    assert Note({"on": f"{year}-01-01", "at": f"{year}-12-31T23:59"}).is_valid()


def test_every_form_of_the_site_asks() -> None:
    assert get_resolver().url_patterns
    ours = [form for form in forms_below(BaseForm) if form.__module__.partition(".")[0] in PACKAGES]
    assert len(ours) > 100
    assert [form.__name__ for form in ours if not issubclass(form, ActionForm)] == []


def forms_below(form: type) -> Iterator[type]:
    for each in form.__subclasses__():
        yield each
        yield from forms_below(each)


@pytest.mark.usefixtures("transactional_db")
def test_on_the_page_it_is_said_and_what_was_typed_is_kept(study, cast, settings) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    client, before = Client(), AdverseEvent.objects.count()
    client.force_login(cast.coordinator.staff)
    page = reverse("outcomes:adverse_event", args=[study.subject.number])
    answer = client.post(page, {"term": "fever\x0b and chills", "grade": "2", "serious": "False"})
    assert answer.status_code == 422
    assert SENTENCE in answer.content.decode()
    assert "fever\x0b and chills" in answer.content.decode()
    assert AdverseEvent.objects.count() == before
