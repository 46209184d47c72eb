"""What is typed at a visit is kept until it is saved: one draft per form, of one author, overwritten by nobody."""

import pytest
from django.urls import reverse

from outcomes.actions import discard_form_draft, keep_form_draft, take_over_form_draft
from outcomes.models import FormDraft, VitalSigns
from trial_site.core.drafts import Typed
from trial_site.core.errors import NotAllowed, Refused, StaleRecord

pytestmark = pytest.mark.django_db(transaction=True)
HERE = {"form": "VS", "place": "D7"}


def type_in(followed, pulse="80", *, by=None, window="w1", turn=1, saved=0, version=0, continues=""):
    typed = Typed({"heart_rate": [pulse]}, window=window, turn=turn, version=version, continues=continues)
    by = by or followed.assessor
    keep_form_draft(followed.subject, typed=typed, saved=saved, by=by, at=followed.now, **HERE)


def pulse():
    return FormDraft.objects.get().typed["heart_rate"]


class TestKeeping:
    def test_the_latest_of_one_window_counts(self, followed):
        type_in(followed, "8")
        type_in(followed, "80", turn=3)
        type_in(followed, "800", turn=2)
        assert pulse() == ["80"]

    def test_saving_ends_it(self, followed):
        type_in(followed)
        record = followed.record()
        assert not FormDraft.objects.exists()
        type_in(followed, "90", saved=1, version=1)
        followed.amend(record, heart_rate=90)
        assert not FormDraft.objects.exists()

    def test_a_late_message_after_saving_is_no_new_draft(self, followed):
        followed.record()
        with pytest.raises(StaleRecord):
            type_in(followed, "90", saved=1, version=0, turn=9)
        assert not FormDraft.objects.exists()

    def test_somebody_else_s_draft_is_not_overwritten_but_taken_over(self, followed):
        type_in(followed)
        colleague = followed.assessor
        FormDraft.objects.update(author=followed.cast.investigator.staff)
        with pytest.raises(Refused, match="is filling in this form"):
            type_in(followed, "99", window="w2")
        with pytest.raises(Refused, match="is filling in this form"):
            discard_form_draft(followed.subject, by=colleague, **HERE)
        take_over_form_draft(followed.subject, by=colleague, at=followed.now, **HERE)
        type_in(followed, "99", window="w2", continues="")
        assert pulse() == ["99"]

    def test_an_older_window_is_told_that_another_goes_on(self, followed):
        type_in(followed)
        type_in(followed, "81", window="w2", continues="w1")
        with pytest.raises(Refused, match="another window"):
            type_in(followed, "82", window="w1", turn=9)

    def test_only_whose_form_it_is(self, followed):
        for who in ("coordinator", "investigator", "monitor"):
            with pytest.raises(NotAllowed):
                type_in(followed, by=getattr(followed.cast, who).actor(followed.now))

    def test_discarding_gives_it_up(self, followed):
        type_in(followed)
        discard_form_draft(followed.subject, by=followed.assessor, **HERE)
        with pytest.raises(Refused, match="no draft"):
            discard_form_draft(followed.subject, by=followed.assessor, **HERE)


class TestPage:
    @pytest.fixture(autouse=True)
    def _plain(self, settings):
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = settings.STORAGES | {"staticfiles": plain}

    def page(self, followed, view="visit"):
        return reverse(f"outcomes:{view}", args=[followed.subject.number, "D7"])

    def test_what_was_typed_stands_in_the_form_until_it_is_discarded(self, followed, client):
        client.force_login(followed.cast.assessor.staff)
        typed = {"form": "VS", "heart_rate": "1234", "window": "w1", "turn": "1"}
        assert client.post(self.page(followed, "check"), typed).status_code == 200
        page = client.get(self.page(followed)).content.decode()
        assert 'value="1234"' in page
        assert "You typed this and have not saved it" in page
        assert not VitalSigns.objects.exists()
        client.post(self.page(followed, "discard"), {"form": "VS"})
        assert "1234" not in client.get(self.page(followed)).content.decode()

    def test_of_a_colleague_s_draft_only_that_it_is_there(self, followed, client):
        client.force_login(followed.cast.assessor.staff)
        client.post(
            self.page(followed, "check"), {"form": "VS", "heart_rate": "77", "window": "w", "turn": "1"}
        )
        FormDraft.objects.update(author=followed.cast.investigator.staff)
        page = client.get(self.page(followed)).content.decode()
        assert "is filling in this form" in page
        assert 'value="77"' not in page
        client.post(self.page(followed, "take_over"), {"form": "VS"})
        assert 'value="77"' in client.get(self.page(followed)).content.decode()

    def test_a_form_of_somebody_else_has_no_draft_here(self, followed, client):
        client.force_login(followed.cast.coordinator.staff)
        for view in ("take_over", "discard"):
            assert client.post(self.page(followed, view), {"form": "VS"}).status_code == 404

    def test_a_draft_begun_from_an_older_version_shows_both_when_it_is_saved(self, followed, client):
        record = followed.record()
        client.force_login(followed.cast.assessor.staff)
        check = {"form": "VS", "heart_rate": "91", "version": "1", "window": "w", "turn": "1"}
        assert client.post(self.page(followed, "check"), check).status_code == 200
        draft = FormDraft.objects.get()
        followed.amend(record, heart_rate=99)
        FormDraft.objects.create(
            subject=followed.subject,
            author=draft.author,
            version=1,
            typed=draft.typed,
            kept_at=followed.now,
            **HERE,
        )
        page = client.get(self.page(followed)).content.decode()
        assert 'value="91"' in page
        assert 'name="version" value="1"' in page
