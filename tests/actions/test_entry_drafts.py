"""What is typed into adverse events and logs is kept: nothing is lost, nobody waits, nothing is overwritten."""

import pytest
from django.urls import reverse

from outcomes.actions import amend_entry, keep_form_draft, record_entry, take_over_form_draft
from outcomes.actions.drafts import place_of
from outcomes.models import AdverseEvent, ConcomitantMedication, FormDraft
from trial_site.core.drafts import Typed
from trial_site.core.errors import NotAllowed, Refused, StaleRecord

pytestmark = pytest.mark.django_db(transaction=True)
KEPT = "You typed this and have not saved it"


@pytest.fixture(autouse=True)
def _plain(settings):
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


def medication(followed, **changes) -> ConcomitantMedication:
    values = {"name": "Paracetamol", "group": "other", "indication": "Fever", "started_on": followed.day(2)}
    values |= {"ongoing": True, **changes}
    return record_entry(followed.subject, form="CM", values=values, by=followed.coordinator, at=followed.now)


def type_in(followed, form, text, *, source=None, by=None, version=0, saved=0, window="w1", turn=1):
    by = by or followed.coordinator
    typed = Typed({"term": [text]}, window=window, turn=turn, version=version)
    place = place_of(form, source, by=by)
    keep_form_draft(
        followed.subject, form=form, place=place, typed=typed, saved=saved, by=by, at=followed.now
    )


class TestKeeping:
    def test_everybody_has_a_new_event_of_their_own(self, followed):
        type_in(followed, "AE", "Headache")
        type_in(followed, "AE", "Rash", by=followed.investigator)
        assert sorted(draft.typed["term"] for draft in FormDraft.objects.all()) == [["Headache"], ["Rash"]]

    def test_saving_ends_one_s_own_draft_and_leaves_a_colleague_s(self, followed):
        type_in(followed, "AE", "Headache")
        type_in(followed, "AE", "Rash", by=followed.investigator)
        event = followed.event()
        assert [draft.typed["term"] for draft in FormDraft.objects.all()] == [["Rash"]]
        type_in(followed, "AE", "Migraine", source=event, version=1, saved=1)
        assert FormDraft.objects.filter(place="1").exists()

    def test_a_saved_entry_has_one_draft_which_a_colleague_takes_over(self, followed):
        event = followed.event()
        type_in(followed, "AE", "Migraine", source=event, version=1, saved=1)
        with pytest.raises(Refused, match="is filling in this form"):
            type_in(followed, "AE", "Rash", source=event, version=1, saved=1, by=followed.investigator)
        place = place_of("AE", event, by=followed.investigator)
        given = {"form": "AE", "place": place, "by": followed.investigator, "at": followed.now}
        take_over_form_draft(followed.subject, **given)
        assert FormDraft.objects.get().author == followed.cast.investigator.staff

    def test_what_was_saved_meanwhile_is_not_typed_over(self, followed):
        entry = medication(followed)
        given = {"version": 1, "reason": "Chart", "by": followed.coordinator, "at": followed.now}
        amend_entry(entry, values={"dose": "500 mg"}, **given)
        with pytest.raises(StaleRecord):
            type_in(followed, "CM", "x", source=entry, version=1, saved=2)

    @pytest.mark.parametrize(
        ("form", "who"), [("CM", "investigator"), ("CM", "assessor"), ("AE", "assessor"), ("AE", "monitor")]
    )
    def test_only_whose_form_it_is(self, followed, form, who):
        with pytest.raises(NotAllowed):
            type_in(followed, form, "x", by=getattr(followed.cast, who).actor(followed.now))


def url(followed, name, *arguments):
    return reverse(f"outcomes:{name}", args=[followed.subject.number, *arguments])


class TestPages:
    @pytest.fixture
    def typist(self, followed, client):
        client.force_login(followed.cast.coordinator.staff)
        return client

    @pytest.mark.parametrize(
        ("form", "field", "page"), [("AE", "term", ("adverse_event",)), ("CM", "name", ("entries", "CM"))]
    )
    def test_what_was_typed_stands_there_again_until_it_is_discarded(
        self, followed, typist, form, field, page
    ):
        typed = {field: "Canary word", "window": "w1", "turn": "1"}
        assert typist.post(url(followed, "keep_draft", form, 0), typed).status_code == 200
        shown = typist.get(url(followed, *page)).content.decode()
        assert KEPT in shown
        assert 'value="Canary word"' in shown
        assert not AdverseEvent.objects.exists()
        assert typist.post(url(followed, "discard_draft", form, 0)).status_code == 302
        assert "Canary word" not in typist.get(url(followed, *page)).content.decode()

    def test_a_colleague_s_draft_of_a_saved_event_is_said_and_taken_over(self, followed, typist):
        event = followed.event()
        type_in(followed, "AE", "Canary word", source=event, version=1, saved=1, by=followed.investigator)
        page = url(followed, "amend_adverse_event", 1)
        shown = typist.get(page).content.decode()
        assert "is filling in this form and has not saved it" in shown
        assert "Canary word" not in shown
        assert typist.post(url(followed, "take_over_draft", "AE", 1)).headers["Location"] == page
        assert 'value="Canary word"' in typist.get(page).content.decode()

    def test_a_draft_of_an_older_version_shows_both_when_it_is_saved(self, followed, typist):
        entry = medication(followed)
        typed = {"name": "Ibuprofen", "version": "1", "window": "w", "turn": "1"}
        assert typist.post(url(followed, "keep_draft", "CM", 1), typed).status_code == 200
        given = {"version": 1, "reason": "Chart", "by": followed.coordinator, "at": followed.now}
        draft = FormDraft.objects.get()
        amend_entry(entry, values={"name": "Aspirin"}, **given)
        draft.pk = None
        draft.save(force_insert=True)
        shown = typist.get(url(followed, "entry", "CM", 1)).content.decode()
        assert 'value="Ibuprofen"' in shown
        assert 'name="version" value="1"' in shown
        saved = {"name": "Ibuprofen", "group": "other", "indication": "Fever", "ongoing": "True"}
        saved |= {"started_on": followed.day(2).isoformat(), "version": "1", "reason": "Typing error"}
        answer = typist.post(url(followed, "entry", "CM", 1), saved)
        assert answer.status_code == 422
        both = answer.content.decode()
        assert "Somebody else saved here meanwhile:" in both
        assert "Aspirin" in both
        assert 'value="Ibuprofen"' in both
        entry.refresh_from_db()
        assert entry.name == "Aspirin"

    def test_what_would_be_said_is_answered_while_typing(self, followed, typist):
        typed = {"started_on": "soon", "term": "x", "window": "w", "turn": "1"}
        assert "field-warning" in typist.post(url(followed, "keep_draft", "AE", 0), typed).content.decode()

    @pytest.mark.parametrize("where", [("VS", 0), ("CM", 9), ("AE", 9), ("DY", 0), ("EO", 1)])
    def test_what_does_not_exist_has_no_draft(self, followed, typist, where):
        for view in ("keep_draft", "take_over_draft", "discard_draft"):
            assert typist.post(url(followed, view, *where), {}).status_code == 404

    def test_on_a_shared_workstation_nothing_is_saved_under_another_name(self, followed, typist):
        other = {"opened_by": str(followed.cast.investigator.staff.pk), "term": "Rash"}
        assert typist.post(url(followed, "keep_draft", "AE", 0), other).status_code == 409
        assert typist.post(url(followed, "adverse_event"), other).status_code == 422
        assert not FormDraft.objects.exists()
        assert not AdverseEvent.objects.exists()
