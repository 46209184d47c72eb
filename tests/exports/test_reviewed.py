"""“Verified only”: PostgreSQL decides as the review pages do, record by record, now and in the past."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

import pytest
from django.core.exceptions import EmptyResultSet
from django.db import connection

from enrollment.models import Subject
from outcomes.models import Laboratory, VitalSigns
from tests.actions.test_verification import change
from tests.exports.reading import read_csv
from trial_site.core import protocol as protocols
from trial_site.core.datasets import Dataset
from trial_site.core.protocol import SourceVerification
from trial_site.exports.blinded import DATASETS
from trial_site.exports.models import ExportFormat
from trial_site.exports.reviewed import is_verified
from trial_site.exports.wishes import Only
from trial_site.monitoring import actions
from trial_site.monitoring.models import RecordRef
from trial_site.monitoring.selectors import ref_of
from trial_site.monitoring.verification import marks_of, to_verify

pytestmark = pytest.mark.usefixtures("transactional_db")
PLANS = (
    SourceVerification(100, ()),
    SourceVerification(0, ("VS.heart_rate", "SC.sex", "AE.grade")),
    SourceVerification(0, ()),
)
Found = set[tuple[str, int]]


def by_the_pages(plan: SourceVerification) -> Found:
    """The records of which the plan asks for something and everything it asks for stands."""
    standing = {
        key
        for number in Subject.objects.values_list("number", flat=True)
        for key, mark in marks_of(number).items()
        if mark.fell is None
    }
    return {
        (dataset.form, record.pk)
        for dataset in DATASETS
        for record in dataset.model._default_manager.all()
        if (asked := to_verify(dataset, record, plan))
        and standing.issuperset((ref.form, ref.record_id, ref.field) for ref in asked)
    }


@cache
def statement(form: str, plan: SourceVerification) -> tuple[str, tuple]:
    """Composed once: that takes longer than to ask it."""
    dataset = next(one for one in DATASETS if one.form == form)
    verified = dataset.model._default_manager.filter(is_verified(dataset, plan))
    return verified.order_by().values_list("pk").query.sql_with_params()


def by_the_database(plan: SourceVerification) -> Found:
    found = set()
    with connection.cursor() as cursor:
        for dataset in DATASETS:
            try:
                cursor.execute(*statement(dataset.form, plan))
            except EmptyResultSet:
                continue
            found |= {(dataset.form, pk) for (pk,) in cursor.fetchall()}
    return found


def everything(plan: SourceVerification) -> Iterator[RecordRef]:
    def of(dataset: Dataset) -> Iterator[RecordRef]:
        for record in dataset.model._default_manager.all():
            yield from to_verify(dataset, record, plan)

    for dataset in DATASETS:
        yield from of(dataset)


def test_the_database_decides_as_the_review_pages_do(study, cast) -> None:
    monitor, full = cast.monitor.actor(), PLANS[0]

    def agree() -> list[int]:
        found = [(by_the_database(plan), by_the_pages(plan)) for plan in PLANS]
        assert [one for one, _other in found] == [other for _one, other in found]
        return [len(one) for one, _other in found]

    assert agree() == [0, 0, 0]
    actions.verify(everything(full), by=monitor, at=study.now)
    verified = agree()
    assert verified[0] > verified[1] > verified[2] == 0
    signs = VitalSigns.objects.first()
    change(VitalSigns, signs.pk, heart_rate=61, reason="Typing error.", by=cast.assessor.actor())
    assert agree() == [verified[0] - 1, verified[1] - 1, 0]
    actions.verify([ref_of("VS", signs, "heart_rate")], by=monitor, at=study.now)
    assert agree() == verified
    actions.take_back([ref_of("VS", signs, "spo2_percent")], by=monitor, at=study.now)
    assert agree() == [verified[0] - 1, verified[1], 0]
    laboratory = Laboratory.objects.first()
    missing = laboratory.missing | {"ferritin_ug_l": "ND"}
    change(
        Laboratory,
        laboratory.pk,
        missing=missing,
        ferritin_ug_l=None,
        reason="x",
        by=cast.coordinator.actor(),
    )
    change(
        Laboratory,
        laboratory.pk,
        missing=missing | {"crp_mg_l": "ND"},
        reason="x",
        by=cast.coordinator.actor(),
    )
    assert agree() == [verified[0] - 2, verified[1], 0]


def test_verified_only_holds_them_in_every_format_and_at_any_instant(study, cast, export) -> None:
    plan = protocols.latest().source_verification
    assert read_csv(export(ExportFormat.CSV, only=Only.VERIFIED)[0]) == {}
    before = datetime.now(UTC)
    actions.verify(everything(plan), by=cast.monitor.actor(), at=study.now)
    path, made = export(ExportFormat.CSV, only=Only.VERIFIED, at=datetime.now(UTC))
    forms = {form for _subject, form, _visit, _repeat in read_csv(path)}
    assert forms == {form for form, _pk in by_the_pages(plan)}
    assert forms >= {"SC", "AE", "VS"}
    assert made.manifest["asked"]["only"] == "verified"
    path, _made = export(ExportFormat.CSV, only=Only.VERIFIED, at=datetime.now(UTC), as_of=before)
    assert read_csv(path) == {}
