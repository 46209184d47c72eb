"""A laboratory's file: previewed, taken over as a whole, never twice, never over what was saved meanwhile."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from outcomes.actions import take_over_laboratory_file
from outcomes.models import Haematology, Laboratory, LaboratoryFile, Visit
from outcomes.rules.lab_file import COLUMNS
from outcomes.selectors.lab_files import preview_of
from tests.actions.test_outcomes import queries
from trial_site.audit.models import Event
from trial_site.core.errors import NotAllowed, Refused

pytestmark = pytest.mark.django_db(transaction=True)
D, HOUR = Decimal, timedelta(hours=1)


def sampled(followed):
    return (followed.now - HOUR).replace(second=0, microsecond=0)


def file(followed, *results, at=None):
    """One line per (test, value, unit), of the sample that `followed.record("LB")` has."""
    local = (at or sampled(followed)).astimezone(followed.subject.site.tz)
    number = followed.subject.number
    lines = [f"{number},{local:%Y-%m-%d %H:%M},{test},{value},{unit}" for test, value, unit in results]
    return "\n".join([",".join(COLUMNS), *lines, ""])


CRP, WBC, HGB = ("CRP", "1.2", "mg/dL"), ("WBC", "5.6", "10*9/L"), ("HGB", "13.5", "g/dL")


def preview(followed, text):
    return preview_of(text, followed.subject.site, at=followed.now)


def take(followed, text, *, reason="", by=None, seen=None):
    seen = preview(followed, text).seal if seen is None else seen
    by = by or followed.coordinator
    return take_over_laboratory_file(
        followed.subject.site, text=text, seen=seen, reason=reason, by=by, at=followed.now
    )


class TestTakingOver:
    def test_results_find_their_visit_by_the_day_and_become_forms(self, followed):
        assert take(followed, file(followed, CRP, WBC, HGB)).results == 3
        visit = Visit.objects.get()
        assert (visit.code, visit.took_place_on) == ("D7", followed.day(7))
        assert (Laboratory.objects.get().crp_mg_l, Haematology.objects.get().haemoglobin_g_l) == (
            D(12),
            D(135),
        )
        event = Event.objects.get(table=Laboratory._meta.db_table)
        assert (event.role, event.subject_id) == ("coordinator", followed.subject.pk)

    def test_what_came_later_completes_a_form_of_the_same_sample(self, followed):
        followed.record("LB", sampled_at=sampled(followed), missing={"wbc_10e9_l": "UNK", "ldh_u_l": "ND"})
        text = file(followed, CRP, WBC)
        assert (preview(followed, text).count, preview(followed, text).same) == (1, 1)
        take(followed, text)
        record = Laboratory.objects.get()
        assert (record.wbc_10e9_l, record.missing) == (D("5.60"), {"ldh_u_l": "ND"})

    def test_a_saved_value_is_replaced_only_with_a_reason(self, followed):
        followed.record("LB", sampled_at=sampled(followed), crp_mg_l=D(40))
        text = file(followed, CRP)
        with pytest.raises(Refused) as refusal:
            take(followed, text)
        assert set(refusal.value.fields) == {"reason"}
        take(followed, text, reason="The laboratory corrected its report")
        assert Laboratory.objects.get().crp_mg_l == D(12)
        assert (
            Event.objects.filter(table=Laboratory._meta.db_table, operation="U")
            .get()
            .reason.startswith("The lab")
        )

    def test_another_sample_time_is_another_sample(self, followed):
        followed.record("LB", sampled_at=sampled(followed))
        text = file(followed, WBC, at=sampled(followed) - HOUR)
        assert [fault.kind for fault in preview(followed, text).faults] == ["other_time"]

    def test_what_is_unlikely_leaves_a_query(self, followed):
        take(followed, file(followed, ("CRP", "35", "mg/dL")))
        assert queries() == [("LB", "crp_mg_l", "open")]

    def test_the_same_file_is_refused_and_so_is_one_without_news(self, followed):
        text = file(followed, CRP)
        take(followed, text)
        with pytest.raises(Refused, match="taken over before"):
            take(followed, text)
        with pytest.raises(Refused, match="nothing new"):
            take(followed, text.replace("1.2", "1.20"))
        assert LaboratoryFile.objects.count() == 1

    def test_what_was_saved_since_the_preview_is_not_overwritten(self, followed):
        text = file(followed, CRP, WBC)
        seen = preview(followed, text).seal
        followed.record("LB", sampled_at=sampled(followed))
        with pytest.raises(Refused, match="saved meanwhile"):
            take(followed, text, seen=seen)

    @pytest.mark.parametrize(
        ("result", "kind"), [(("CRP", "1200", "mg/L"), "impossible"), (("LYM", "9", "10*9/L"), "impossible")]
    )
    def test_one_impossible_value_keeps_the_whole_file_out(self, followed, result, kind):
        text = file(followed, WBC, HGB, result)
        assert kind in [fault.kind for fault in preview(followed, text).faults]
        with pytest.raises(Refused, match="cannot be taken over"):
            take(followed, text)
        assert not Visit.objects.exists()

    def test_somebody_else_s_participants_and_days_without_a_visit(self, followed):
        text = file(followed, CRP).replace(followed.subject.number, "02-001")
        assert [fault.kind for fault in preview(followed, text).faults] == ["participant"]
        text = file(followed, CRP, at=sampled(followed) - 2 * 24 * HOUR)
        assert [fault.kind for fault in preview(followed, text).faults] == ["no_visit"]

    @pytest.mark.parametrize("who", ["assessor", "investigator", "monitor", "outsider"])
    def test_only_the_site_s_coordinator(self, followed, who):
        with pytest.raises(NotAllowed):
            take(followed, file(followed, CRP), by=getattr(followed.cast, who).actor(followed.now))


class TestPage:
    @pytest.mark.parametrize(
        ("result", "said"),
        [
            (("CRP", "1e999999999", "mg/L"), "not possible"),
            (("CRP", "1e-999999999", "mg/dL"), "C-reactive protein"),
            (("CRP", "0." + "1" * 400, "mg/dL"), "C-reactive protein"),
            (("CRP", "9" * 400, "mg/L"), "not possible"),
            (("CRP", "9" * 200_000, "mg/L"), "too long"),
            (("CRP\0", "12", "mg/L"), "cannot be stored"),
        ],
    )
    def test_what_no_form_can_hold_is_a_sentence(self, followed, client, settings, result, said):
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
        page, text = reverse("outcomes:laboratory_file", args=["01"]), file(followed, result)
        client.force_login(followed.cast.coordinator.staff)
        shown = client.post(page, {"file": SimpleUploadedFile("r.csv", text.encode())})
        assert said in shown.content.decode()
        assert client.post(page, {"text": text, "seen": "0" * 64}).status_code == 422
        early = file(followed, CRP, at=datetime(1, 1, 1, tzinfo=followed.subject.site.tz))
        assert client.post(page, {"file": SimpleUploadedFile("r.csv", early.encode())}).status_code == 200

    def test_upload_preview_and_take_over(self, followed, client, settings):
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
        page = reverse("outcomes:laboratory_file", args=["01"])
        client.force_login(followed.cast.coordinator.staff)
        text = file(followed, CRP, ("TROPT", "1", "ng/L"))
        shown = client.post(page, {"file": SimpleUploadedFile("r.csv", text.encode())}).content.decode()
        assert "C-reactive protein" in shown
        assert "TROPT is no test of this study" in shown
        assert not Laboratory.objects.exists()
        seen = shown.partition('name="seen" value="')[2][:64]
        assert client.post(page, {"text": text, "seen": "0" * 64}).status_code == 422
        assert client.post(page, {"text": text, "seen": seen}).status_code == 302
        assert Laboratory.objects.get().crp_mg_l == D(12)
        bad = client.post(page, {"file": SimpleUploadedFile("r.csv", b"\xff\xfe\x00")})
        assert bad.status_code in (200, 422)
        client.force_login(followed.cast.assessor.staff)
        assert client.get(page).status_code == 404
