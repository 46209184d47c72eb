"""Source data verification and review signatures: they stand until something they cover changes, by whatever way."""

from datetime import UTC, datetime

import psycopg2
import pytest

from enrollment.models import Screening, Subject
from outcomes.models import Visit, VitalSigns
from tests.story import participant_at
from trial_site.audit.action import action
from trial_site.casebook.selectors import review_of
from trial_site.core.errors import NotAllowed, Refused
from trial_site.core.protocol import SourceVerification
from trial_site.monitoring import actions
from trial_site.monitoring.models import Scope, Signature, Verification
from trial_site.monitoring.registry import registered
from trial_site.monitoring.scopes import stands
from trial_site.monitoring.selectors import ref_of
from trial_site.monitoring.verification import in_full, marks_of, to_verify

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(UTC)
FULL = SourceVerification(100, ())


@pytest.fixture
def followed(cast) -> tuple[Subject, VitalSigns]:
    subject, _now = participant_at("followed")
    return subject, VitalSigns.objects.get(visit__subject=subject, visit__code="D7")


@action
def change(model, pk: int, *, reason: str, by, **values) -> None:
    model.objects.filter(pk=pk).update(**values)


def verify(cast, vitals: VitalSigns, *fields: str, at) -> None:
    actions.verify([ref_of("VS", vitals, field) for field in fields], by=cast.monitor.actor(at), at=at)


def test_a_mark_falls_by_itself_when_its_value_changes_and_only_then(cast, followed):
    subject, vitals = followed
    verify(cast, vitals, "heart_rate", "spo2_percent", at=vitals.measured_at)
    change(VitalSigns, vitals.pk, heart_rate=61, reason="Typing error.", by=cast.assessor.actor())
    marks = {field: mark.fell for (_form, _id, field), mark in marks_of(subject.number).items()}
    assert marks["spo2_percent"] is None
    assert (marks["heart_rate"].new["heart_rate"], marks["heart_rate"].reason) == (61, "Typing error.")
    verify(cast, vitals, "heart_rate", at=vitals.measured_at)
    assert all(mark.fell is None for mark in marks_of(subject.number).values())


def test_it_falls_when_the_reason_for_a_missing_value_changes(cast, followed):
    subject, vitals = followed
    verify(cast, vitals, "heart_rate", at=vitals.measured_at)
    change(VitalSigns, vitals.pk, missing={"heart_rate": "ND"}, reason="Lost.", by=cast.assessor.actor())
    assert [mark.fell is not None for mark in marks_of(subject.number).values()] == [True]


def test_it_falls_after_a_change_behind_the_applications_back(cast, followed, owner):
    subject, vitals = followed
    verify(cast, vitals, "heart_rate", at=vitals.measured_at)
    with owner() as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE outcomes_vitalsigns SET heart_rate = 44 WHERE id = %s", [vitals.pk])
    assert next(iter(marks_of(subject.number).values())).fell.login == connection.info.user


def test_what_was_taken_back_is_not_verified(cast, followed):
    subject, vitals = followed
    verify(cast, vitals, "heart_rate", at=vitals.measured_at)
    by = cast.monitor.actor(vitals.measured_at)
    actions.take_back([ref_of("VS", vitals, "heart_rate")], by=by, at=vitals.measured_at)
    assert marks_of(subject.number) == {}
    assert Verification.objects.count() == 2


@pytest.mark.parametrize("who", ["coordinator", "investigator", "data_manager", "assessor", "inspector"])
def test_only_a_monitor_verifies(cast, followed, who):
    _subject, vitals = followed
    with pytest.raises(NotAllowed):
        actions.verify(
            [ref_of("VS", vitals, "heart_rate")], by=getattr(cast, who).actor(), at=vitals.measured_at
        )


def test_progress_counts_values_that_have_a_source(cast, followed):
    subject, vitals = followed
    before = review_of(subject).progress
    asked = to_verify(registered("VS"), vitals, FULL)
    assert {"heart_rate", "measured_at"} <= {ref.field for ref in asked}
    actions.verify(asked, by=cast.monitor.actor(), at=vitals.measured_at)
    after = review_of(subject).progress
    assert (after.required, after.verified) == (before.required, before.verified + len(asked))
    change(VitalSigns, vitals.pk, heart_rate=62, reason="Typing error.", by=cast.assessor.actor())
    assert review_of(subject).progress.fallen == 1


def test_direct_entries_and_derived_values_need_no_verification(followed):
    subject, vitals = followed
    screening = Screening.objects.get(subject=subject)
    screening.sources = {"spo2_percent": "direct"}
    fields = {ref.field for ref in to_verify(registered("SC"), screening, FULL)}
    assert "respiratory_rate" in fields
    assert "spo2_percent" not in fields
    assert to_verify(registered("VI"), vitals.visit, FULL)[0].field == "took_place_on"
    assert len(to_verify(registered("VI"), vitals.visit, FULL)) == 1
    assert to_verify(registered("SU"), subject, FULL) == []


def test_a_plan_by_risk_asks_for_critical_values_of_everyone_and_all_of_a_share(followed):
    _subject, vitals = followed
    critical = SourceVerification(0, ("VS.spo2_percent",))
    assert [ref.field for ref in to_verify(registered("VS"), vitals, critical)] == ["spo2_percent"]
    chosen = sum(in_full(f"01-{n:03d}", SourceVerification(25, ())) for n in range(1, 1000))
    assert 200 < chosen < 300


def scopes(subject: Subject, vitals: VitalSigns) -> dict:
    return {
        Scope.RECORD: ref_of("VS", vitals),
        Scope.VISIT: ref_of("VI", vitals.visit),
        Scope.PARTICIPANT: ref_of("SU", subject),
    }


def signed(cast, ref, scope) -> Signature:
    by = cast.investigator.actor()
    return actions.sign_reviewed(ref, scope=scope, password=cast.password, by=by, at=NOW)


@pytest.mark.parametrize(
    ("scope", "after_own", "after_day_3", "after_screening"),
    [
        (Scope.RECORD, False, True, True),
        (Scope.VISIT, False, True, True),
        (Scope.PARTICIPANT, False, False, False),
    ],
)
def test_a_signature_is_void_after_a_change_of_what_it_covers(
    cast, followed, scope, after_own, after_day_3, after_screening
):
    subject, vitals = followed
    ref = scopes(subject, vitals)[scope]
    other = VitalSigns.objects.get(visit__subject=subject, visit__code="D3")
    screening = Screening.objects.get(subject=subject)
    for expected, model, pk, values in [
        (after_screening, Screening, screening.pk, {"height_cm": 181}),
        (after_day_3, VitalSigns, other.pk, {"heart_rate": 63}),
        (after_own, VitalSigns, vitals.pk, {"heart_rate": 64}),
    ]:
        signature = signed(cast, ref, scope)
        assert stands(signature)
        change(model, pk, **values, reason="Typing error.", by=cast.assessor.actor())
        assert stands(signature) is expected, model


def test_a_form_added_to_a_signed_visit_voids_its_signature(cast, followed):
    subject, vitals = followed
    signature = signed(cast, ref_of("VI", vitals.visit), Scope.VISIT)
    assert stands(signature)
    change(
        Visit, vitals.visit.pk, took_place_on=subject.identified_on, reason="Why not.", by=cast.nurse.actor()
    )
    assert not stands(signature)


def test_a_wrong_password_signs_nothing(cast, followed):
    subject, _vitals = followed
    with pytest.raises(Refused):
        actions.sign_reviewed(
            ref_of("SU", subject),
            scope=Scope.PARTICIPANT,
            password="not it",
            by=cast.investigator.actor(),
            at=subject.planned_infusion_at,
        )
    assert not Signature.objects.filter(meaning=Signature.Meaning.REVIEWED).exists()


@pytest.mark.parametrize("who", ["coordinator", "monitor", "data_manager", "assessor", "administrator"])
def test_only_an_investigator_signs_what_was_reviewed(cast, followed, who):
    subject, _vitals = followed
    with pytest.raises(NotAllowed):
        actions.sign_reviewed(
            ref_of("SU", subject),
            scope=Scope.PARTICIPANT,
            password=cast.password,
            by=getattr(cast, who).actor(),
            at=subject.planned_infusion_at,
        )


def test_neither_mark_nor_signature_can_be_rewritten(cast, followed, application):
    _subject, vitals = followed
    verify(cast, vitals, "heart_rate", at=vitals.measured_at)
    signed(cast, ref_of("VS", vitals), Scope.RECORD)
    for table in ("monitoring_verification", "monitoring_signature"):
        with (
            application() as connection,
            connection.cursor() as cursor,
            pytest.raises(psycopg2.errors.InsufficientPrivilege),
        ):
            cursor.execute(f"UPDATE {table} SET as_of = 999999999")
