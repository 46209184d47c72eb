"""The review as monitor, investigator and data manager see it: verify, sign, freeze, lock."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from outcomes.models import VitalSigns
from randomization import actions as supply
from randomization import unblinding
from tests.cast import PASSWORD
from tests.story import participant_at
from trial_site.casebook import actions
from trial_site.casebook.selectors import checklist, review_of
from trial_site.core.errors import Refused
from trial_site.core.models import StudySite
from trial_site.core.permissions import Task, can
from trial_site.monitoring.actions import place_lock
from trial_site.monitoring.models import AnalysisSets, Freeze, Scope, Signature, Verification
from trial_site.monitoring.selectors import database_lock

pytestmark = pytest.mark.django_db(transaction=True)


def at_work(member) -> Client:
    client = Client()
    client.force_login(member.staff)
    return client


def close_accounts_of(cast, site: StudySite) -> None:
    """The bags that are still out come back or are lost; then the unblinded monitor signs."""
    pharmacist, monitor, now = cast.pharmacist.actor(), cast.unblinded_monitor.actor(), timezone.now()
    kits = (
        unblinding.stock(supply.record_supply_access(site, by=pharmacist), by=pharmacist)
        if can(pharmacist, Task.MANAGE_SUPPLY, site.pk)
        else []
    )
    out = [kit.number for kit in kits if kit.place in ("assigned", "bench", "ready", "ward")]
    if out:
        supply.account_for_kits(
            supply.record_supply_access(site, by=pharmacist), kits=out, step="lost", by=pharmacist, at=now
        )
    access = supply.record_supply_access(site, by=monitor)
    supply.close_accounts(access, note="All counted.", password=PASSWORD, by=monitor, at=now)


@pytest.fixture
def vitals(cast) -> VitalSigns:
    subject, _now = participant_at("followed")
    return VitalSigns.objects.select_related("subject").get(subject=subject, visit__code="D7")


def page_of(vitals: VitalSigns, verb: str, scope: str = "record") -> str:
    named = {
        "record": f"VS/{vitals.pk}",
        "visit": f"VI/{vitals.visit_id}",
        "participant": f"SU/{vitals.subject_id}",
    }
    return f"/participants/{vitals.subject.number}/{verb}/{scope}/{named[scope]}/"


def line_of(vitals: VitalSigns):
    lines = [line for part in review_of(vitals.subject).parts for line in part.lines]
    return next(line for line in lines if (line.ref.form, line.ref.record_id) == ("VS", vitals.pk))


def test_a_monitor_verifies_a_form_with_one_click_and_one_value_beside_it(cast, vitals):
    monitor = at_work(cast.monitor)
    monitor.post(page_of(vitals, "verify"), {"field": "heart_rate"})
    assert line_of(vitals).progress.verified == 1
    monitor.post(page_of(vitals, "verify"), {"field": "heart_rate", "again": "1"})
    assert line_of(vitals).progress.verified == 0
    monitor.post(page_of(vitals, "verify", "visit"))
    progress = line_of(vitals).progress
    assert progress.verified == progress.required > 5
    assert b"verified" in monitor.get(f"/participants/{vitals.subject.number}/").content


def test_the_first_signature_of_a_session_asks_for_both_components(cast, vitals):
    investigator, page = at_work(cast.investigator), page_of(vitals, "sign", "visit")
    assert investigator.post(page, {"password": PASSWORD}).status_code == 422
    somebody_else = {"email": cast.principal.email, "password": PASSWORD}
    assert investigator.post(page, somebody_else).status_code == 422
    assert not Signature.objects.filter(scope=Scope.VISIT).exists()
    assert (
        investigator.post(page, {"email": cast.investigator.email, "password": PASSWORD}).status_code == 302
    )
    assert investigator.post(page_of(vitals, "sign"), {"password": PASSWORD}).status_code == 302
    assert at_work(cast.investigator).post(page, {"password": PASSWORD}).status_code == 422


def test_a_changed_form_asks_to_be_signed_again(cast, vitals):
    investigator = at_work(cast.investigator)
    investigator.post(page_of(vitals, "sign"), {"email": cast.investigator.email, "password": PASSWORD})
    assert line_of(vitals).signed == "signed"
    code = f"/visits/{vitals.subject.number}/D7/"
    form = at_work(cast.assessor).get(code).context["sections"][0]
    values = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    posted = values | {"form": "VS", "heart_rate": 66, "reason": "Typing error."}
    at_work(cast.assessor).post(code, posted)
    vitals.refresh_from_db()
    assert vitals.heart_rate == 66
    assert line_of(vitals).signed == "unsigned"
    assert (
        b"changed after signature"
        in investigator.get(f"/participants/{vitals.subject.number}/review/").content
    )
    assert b"sign again" in investigator.get("/").content.lower()


def test_frozen_data_say_so_and_are_freed_with_a_reason(cast, vitals):
    manager, page = at_work(cast.data_manager), page_of(vitals, "freeze", "participant")
    assert manager.post(page).status_code == 200
    assert not review_of(vitals.subject).frozen
    assert manager.post(page, {"freeze": "1"}).status_code == 302
    assert review_of(vitals.subject).frozen
    refused = at_work(cast.coordinator).post(
        f"/screening/{vitals.subject.number}/withdrawal/",
        {"kind": "treatment", "on": timezone.localdate().isoformat()},
    )
    assert refused.status_code == 422
    assert b"frozen or locked" in refused.content
    assert manager.post(page, {"reason": ""}).status_code == 422
    assert manager.post(page, {"reason": "A value is wrong."}).status_code == 302
    assert not review_of(vitals.subject).frozen


def test_another_sites_participant_is_unknown_to_the_review(cast, vitals):
    for path in (f"/participants/{vitals.subject.number}/review/", page_of(vitals, "sign")):
        assert at_work(cast.outsider).get(path).status_code == 404
    other = page_of(vitals, "sign").replace(f"VS/{vitals.pk}", "VS/999999")
    assert at_work(cast.investigator).get(other).status_code == 404
    for wrong in ("everything/VS/1", "visit/VS/1", "participant/VS/1"):
        path = f"/participants/{vitals.subject.number}/sign/{wrong}/"
        assert at_work(cast.investigator).get(path).status_code == 404


def test_the_assessor_sees_no_review(cast, vitals):
    for path in ("/review/", f"/participants/{vitals.subject.number}/review/", "/lock/"):
        assert at_work(cast.assessor).get(path).status_code == 403


def test_the_database_is_not_locked_while_anything_is_open(cast, vitals):
    answer = at_work(cast.data_manager).post("/lock/")
    assert answer.status_code == 409
    assert b"Still to be settled" in answer.content
    assert database_lock() is None


def test_the_checklist_empties_step_by_step_and_then_the_lock_closes(cast, vitals):
    """A study of one participant whose year of visits has passed: every line is settled by whose task it is."""
    subject, later = vitals.subject, timezone.now() + timedelta(days=800)
    open_now = {str(one.title) for one in checklist(None, at=later) if one.open}
    assert {"Every casebook is signed", "The data were reviewed blind"} <= open_now
    investigator, manager, monitor = (
        at_work(m) for m in (cast.investigator, cast.data_manager, cast.monitor)
    )
    for part in review_of(subject).parts:
        for line in part.lines:
            monitor.post(
                f"/participants/{subject.number}/verify/record/{line.ref.form}/{line.ref.record_id}/"
            )
    signing = {"email": cast.investigator.email, "password": PASSWORD}
    investigator.post(page_of(vitals, "sign", "participant"), signing)
    sets = {"full_analysis": "on", "safety": "on", "why": "Visit missed."}
    manager.post(f"/participants/{subject.number}/analysis-sets/", sets)
    assert "Queries and accountability of the pharmacy are closed by the unblinded monitor" in open_now
    for site in StudySite.objects.all():
        close_accounts_of(cast, site)
    manager.post("/lock/data-review/", {"held_on": timezone.localdate(), "conclusions": "No concern."})
    assert AnalysisSets.objects.get().per_protocol is False
    still_open = {str(one.title): one.open for one in checklist(None, at=later) if one.open}
    settled_elsewhere = {"No form is missing", "Every query is settled", "Every deviation is closed"}
    assert still_open.keys() <= settled_elsewhere, still_open


def test_the_lock_is_refused_by_the_action_too(cast, vitals):
    with pytest.raises(Refused, match="Not locked"):
        actions.lock(None, by=cast.data_manager.actor(), at=timezone.now())
    assert not Freeze.objects.exists()


def test_a_statistician_and_a_data_manager_unlock_together(cast, vitals):
    by = cast.data_manager.actor()
    place_lock(None, by=by, at=timezone.now())
    statistician = at_work(cast.statistician)
    page = {"reason": "A death was reported late.", "second_person": cast.data_manager.staff.pk}
    assert statistician.post("/lock/", page | {"second_password": "wrong"}).status_code == 422
    assert b"locked" in at_work(cast.inspector).get("/lock/").content
    assert statistician.post("/lock/", page | {"second_password": PASSWORD}).status_code == 302
    assert database_lock() is None


def test_marks_are_kept(cast, vitals):
    at_work(cast.monitor).post(page_of(vitals, "verify"))
    assert (
        Verification.objects.filter(verified_by=cast.monitor.staff).count()
        == line_of(vitals).progress.required
    )
