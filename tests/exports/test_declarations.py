"""Nothing leaves undecided, and what leaves is described. No database."""

from collections import Counter
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import models
from django.db.models import F, Q

from enrollment.models import Subject
from trial_site.core import protocol as protocols
from trial_site.core.actors import Actor
from trial_site.core.datasets import Dataset, undecided_fields
from trial_site.core.models import Record
from trial_site.core.permissions import Role, Task
from trial_site.exports.blinded import DATASETS, datasets_to_export
from trial_site.exports.dictionary import Limit, bounds, items, shape_of, variables
from trial_site.exports.odm_events import COMMON, events

STUDY_APPS = ("enrollment", "randomization", "dosing", "outcomes")
# Study tables that are not forms, and why none of their fields is in an export of case report forms.
NOT_FORMS = {
    "ReferenceRange": "of a site's laboratory, not of a participant",
    "UnwantedReminder": "about staff, not a participant",
    "VisitCall": "organises a visit; whether the participant was reached is on form CA",
    "SusarAssessment": "expedited reporting follows the arm; its result is nobody's but the safety officer's",
    "ConsentVersion": "the site's approved documents, given by their version",
    "ProtocolApproval": "the site's approved versions; each participant's is on form SU",
    "EmailContact": "where the participant is reached; never leaves the study site",
    "IdentityEntry": "who the participant is; never leaves the study site",
    "IdentityView": "who looked at that; audit, not data",
    "EndpointScan": "the code of a scan; what was read of it is form CR",
    "LaboratoryFile": "that a file was taken over; its results are on the forms",
    "FormDraft": "typed and not saved; gone at save",
    "ScreeningDraft": "typed and not saved; gone at save",
    "AllocationCommitment": "shown to everyone beside the protocol",
    "RandomizationRequest": "the wish; the outcome is form RA",
    "KitRequest": "asks for a further kit; which one came is on form OR",
    "Kit": "given by its number where it is used",
    "AccessRecord": "who looked into the sealed room; audit, not data",
    "ImpactAssessment": "written by somebody who may know the arm; read on its own page",
    "StudyAccess": "who looked at the whole study; audit, not data",
    "TreatmentTold": "that a participant was told; audit, not data",
    "StudyUnblinding": "that the study was unblinded; audit, not data",
    "LetterCount": "about sealed letters, not a participant",
    "LetterPrint": "about sealed letters, not a participant",
    "UnblindedPerson": "about staff, not a participant",
    "InfusionSlot": "a plan; what happened is form IN",
    "InfusionUnit": "a setting of the study site",
    "BlockedDay": "a setting of the study site",
    "Handover": "custody of the bag; its numbers and people are in the audit trail",
    "BagReturn": "custody of the bag; a broken sleeve is in the deviation that names it",
    "ProductProblem": "in the deviation that names it",
    "Release": "the pharmacy's clock; what happened is form IN",
}
each_form = pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.form)


@each_form
def test_every_field_is_a_column_or_withheld_with_a_reason(dataset: Dataset) -> None:
    assert undecided_fields(dataset) == []
    assert all(reason.strip() for reason in dataset.withheld.values())
    assert not {column.field for column in dataset.columns} & set(dataset.withheld)


def test_every_study_model_is_a_form_or_says_why_not() -> None:
    models_of_the_study = {m for app in STUDY_APPS for m in apps.get_app_config(app).get_models()}
    undecided = (
        {m.__name__ for m in models_of_the_study} - {d.model.__name__ for d in DATASETS} - set(NOT_FORMS)
    )
    assert undecided == set()


def test_no_declaration_reaches_the_sealed_room() -> None:
    sealed = set(apps.get_app_config("sealed").get_models())
    reached = {d.model for d in DATASETS} | {
        field.related_model for d in DATASETS for field in d.model._meta.get_fields() if field.is_relation
    }
    assert not reached & sealed


def test_form_codes_and_variables_are_unique() -> None:
    assert [form for form, n in Counter(d.form for d in DATASETS).items() if n > 1] == []
    for dataset in DATASETS:
        assert [v for v, n in Counter(v.name for v in variables(dataset)).items() if n > 1] == []


@each_form
def test_subject_path_leads_to_the_screening_number(dataset: Dataset) -> None:
    expected = "number" if dataset.model is Subject else "subject__number"
    assert dataset.subject == expected


@each_form
def test_every_column_has_a_shape_a_label_and_a_place_in_the_metadata(dataset: Dataset) -> None:
    for variable in items(dataset):
        assert str(variable.label)
        assert (variable.shape.data_type == "text") == (
            variable.shape.length is not None and variable.shape.data_type not in ("integer", "float")
        )
    homes = [event for event in events(protocols.latest(), DATASETS) if dataset.form in event.forms]
    assert homes, "a form of no study event cannot be exported as ODM"


@each_form
def test_a_form_repeats_only_where_it_says_so(dataset: Dataset) -> None:
    """Without a repeat, the database keeps it to one record per participant, or per visit."""
    if dataset.repeat or dataset.model is Subject:
        return
    key = dataset.visit.partition("__")[0] if dataset.visit else "subject"
    fields = {f.name for f in dataset.model._meta.concrete_fields if f.unique}
    together = [
        set(c.fields) for c in dataset.model._meta.constraints if isinstance(c, models.UniqueConstraint)
    ]
    repeats = {dataset.visit_repeat} if key != "visit" and dataset.visit_repeat else set()
    assert key in fields or {key} in together or {"subject", key} | repeats in together


def test_whoever_assesses_outcomes_exports_assessor_forms_only() -> None:
    assessor = Actor(
        1, "A", Role.ASSESSOR, delegations=frozenset({(Task.ASSESS_OUTCOMES, 1), (Task.EXPORT, 1)})
    )
    forms = {dataset.form for dataset in datasets_to_export(assessor)}
    assert forms
    assert {dataset.audience for dataset in datasets_to_export(assessor)} == {"assessor"}
    assert not forms & {"AE", "IN", "IV", "LB", "OR"}


def test_records_that_may_lack_a_value_have_a_column_for_the_reason() -> None:
    for dataset in DATASETS:
        names = {variable.name for variable in variables(dataset)}
        for variable in items(dataset):
            expected = issubclass(dataset.model, Record) and not variable.mandatory
            assert (f"{variable.name}_MISSING" in names) == expected


LOW, HIGH = Limit("GE", "25"), Limit("LE", "45")


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (Q(x__gte=25, x__lte=45), [("x", LOW), ("x", HIGH)]),
        (Q(x=None) | Q(x__gte=Decimal(25), x__lte=Decimal(45)), [("x", LOW), ("x", HIGH)]),
        (Q(("x", None)) | Q(("x__range", (25, 45))), [("x", LOW), ("x", HIGH)]),
        (Q(x=None) | Q(x__lte=45), [("x", HIGH)]),
        (Q(y=None) | Q(x__lte=45), []),
        (Q(x=None) | Q(y=None) | Q(x__lt=F("y")), []),
        (Q(x__lte=45) | Q(y=1), []),
        (~Q(x__lte=45), []),
        (Q(x__in=[1, 2]), []),
        (Q(x__gt=F("y")), []),
    ],
)
def test_bounds_are_read_off_check_constraints(condition: Q, found: list) -> None:
    assert list(bounds(condition)) == found


@pytest.mark.parametrize(
    ("field", "shape"),
    [
        (models.DecimalField(max_digits=4, decimal_places=1), ("float", 4, 1)),
        (models.PositiveSmallIntegerField(), ("integer", 5, None)),
        (models.BooleanField(), ("text", 1, None)),
        (models.CharField(max_length=7), ("text", 7, None)),
        (models.DateField(), ("date", None, None)),
        (models.DateTimeField(), ("datetime", None, None)),
    ],
)
def test_shapes(field: models.Field, shape: tuple) -> None:
    found = shape_of(field)
    assert (found.data_type, found.length, found.decimals) == shape


def test_events_are_the_visits_of_the_protocol_and_one_for_the_rest() -> None:
    codes = [event.code for event in events(protocols.latest(), DATASETS)]
    assert codes == [*(visit.code for visit in protocols.latest().visits), COMMON]
