"""Results against the site's ranges: by sex and age, graded, judged once per value, and who waits for it."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from outcomes.actions import judge_result, set_reference_range
from outcomes.models import ReferenceRange, ResultJudgement
from outcomes.rules.laboratory import Range, age_on, flag_of, grade_of, range_for
from outcomes.selectors import results_out_of_range, unjudged_results
from trial_site.casebook.selectors.worklist import work_of
from trial_site.core.errors import NotAllowed, Refused

D = Decimal
database = pytest.mark.django_db(transaction=True)
CRP = {"field": "crp_mg_l", "sex": "", "age_from": 18, "age_to": 150, "low": None, "high": D(10)}


def normal(followed, **changes):
    return set_reference_range(followed.subject.site, values=CRP | changes, by=followed.coordinator)


def judge(followed, key, *, by=None, significant=False, followed_by=""):
    by = by or followed.investigator
    given = {"significant": significant, "followed_by": followed_by}
    return judge_result(followed.subject, key=key, **given, by=by, at=followed.now)


@database
class TestJudging:
    def test_a_result_out_of_range_waits_for_the_investigator_until_it_is_judged(self, followed):
        normal(followed)
        followed.record("LB")
        (result,) = unjudged_results(followed.subject)
        assert (result.field, result.flag, result.value) == ("crp_mg_l", "high", D(12))
        waiting = [t.sentence for t in work_of(followed.investigator, at=followed.now)]
        assert f"Judge the results out of range of {followed.subject.number}: 1" in waiting
        judge(followed, result.key)
        assert unjudged_results(followed.subject) == []
        assert results_out_of_range(followed.subject)[0].judgement.significant is False

    def test_another_value_is_judged_anew(self, followed):
        normal(followed)
        record = followed.record("LB")
        judge(followed, unjudged_results(followed.subject)[0].key)
        followed.amend(record, crp_mg_l=D(30), by=followed.coordinator)
        assert [result.value for result in unjudged_results(followed.subject)] == [D(30)]

    def test_a_result_in_range_and_one_without_a_range_do_not_wait(self, followed):
        followed.record("LB")
        assert unjudged_results(followed.subject) == []
        normal(followed, high=D(20))
        assert unjudged_results(followed.subject) == []

    def test_what_is_judged_is_not_judged_twice(self, followed):
        normal(followed)
        followed.record("LB")
        key = unjudged_results(followed.subject)[0].key
        judge(followed, key)
        with pytest.raises(Refused, match="judged already"):
            judge(followed, key)

    def test_significant_says_what_it_becomes(self, followed):
        normal(followed)
        followed.record("LB")
        key = unjudged_results(followed.subject)[0].key
        with pytest.raises(Refused) as refusal:
            judge(followed, key, significant=True)
        assert set(refusal.value.fields) == {"followed_by"}
        assert judge(followed, key, significant=True, followed_by="event").followed_by == "event"

    @pytest.mark.parametrize("who", ["coordinator", "assessor", "monitor", "nurse", "outsider"])
    def test_only_investigators_judge(self, followed, who):
        normal(followed)
        followed.record("LB")
        with pytest.raises(NotAllowed):
            judge(followed, "any", by=getattr(followed.cast, who).actor(followed.now))

    def test_a_range_is_replaced_not_doubled_and_has_an_end(self, followed):
        normal(followed)
        normal(followed, high=D(8))
        assert ReferenceRange.objects.get().high == 8
        for wrong in ({"high": None}, {"low": D(20)}):
            with pytest.raises(Refused) as refusal:
                normal(followed, **wrong)
            assert set(refusal.value.fields) == {"high"}

    def test_the_pages(self, followed, client, settings):
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
        client.force_login(followed.cast.coordinator.staff)
        ranges = reverse("outcomes:ranges", args=["01"])
        typed = {"field": "crp_mg_l", "age_from": "18", "age_to": "150", "high": "10"}
        assert client.post(ranges, typed).status_code == 302
        assert b"C-reactive protein" in client.get(ranges).content
        assert client.get(reverse("outcomes:ranges", args=["02"])).status_code == 404
        followed.record("LB")
        client.force_login(followed.cast.investigator.staff)
        page = reverse("outcomes:results", args=[followed.subject.number])
        key = unjudged_results(followed.subject)[0].key
        assert key.encode() in client.get(page).content
        assert client.post(page, {"result": key}).status_code == 422
        significant = {"result": key, "significant": "True", "followed_by": "event"}
        answer = client.post(page, significant)
        assert answer["Location"] == reverse("outcomes:adverse_event", args=[followed.subject.number])
        assert ResultJudgement.objects.get().significant
        client.force_login(followed.cast.assessor.staff)
        assert client.get(page).status_code == 403


@pytest.mark.parametrize(
    ("field", "value", "low", "high", "grade"),
    [
        ("platelets_10e9_l", 125, 125, 350, None),
        ("platelets_10e9_l", 124, 125, 350, 1),
        ("platelets_10e9_l", 75, 125, 350, 1),
        ("platelets_10e9_l", 74, 125, 350, 2),
        ("platelets_10e9_l", 49, 125, 350, 3),
        ("platelets_10e9_l", 24, 125, 350, 4),
        ("platelets_10e9_l", 500, 125, 350, None),
        ("haemoglobin_g_l", 79, 130, 175, 3),
        ("alt_u_l", 50, 9, 50, None),
        ("alt_u_l", 150, 9, 50, 1),
        ("alt_u_l", 151, 9, 50, 2),
        ("alt_u_l", 251, 9, 50, 3),
        ("alt_u_l", 1001, 9, 50, 4),
        ("potassium_mmol_l", D("5.6"), D("3.5"), D("5.3"), 2),
        ("potassium_mmol_l", D("2.9"), D("3.5"), D("5.3"), 3),
        ("sodium_mmol_l", 119, 137, 147, 4),
        ("fibrinogen_g_l", D("1.4"), 2, 4, 2),
        ("crp_mg_l", 200, None, 10, None),
    ],
)
def test_ctcae_grades(field, value, low, high, grade):
    ends = (D(end) if end is not None else None for end in (low, high))
    assert grade_of(field, D(value), Range(*ends)) == grade


def test_the_range_of_sex_and_age():
    everyone, women, old = Range(None, D(1)), Range(None, D(2), "female"), Range(None, D(3), "", 80)
    assert range_for([everyone, women], sex="female", age=40) == women
    assert range_for([everyone, women], sex="male", age=40) == everyone
    assert range_for([old], sex="male", age=79) is None
    assert flag_of(D(2), women) is None
    assert flag_of(D("2.1"), women) == "high"


@pytest.mark.parametrize(
    ("on", "age"), [(date(2026, 2, 28), 25), (date(2026, 3, 1), 26), (date(2027, 2, 28), 26)]
)
def test_age_is_counted_in_completed_years(on, age):
    assert age_on(date(2000, 2, 29), on) == age
