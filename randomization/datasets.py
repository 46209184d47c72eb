"""Export columns of randomization: number and time, never an arm (structurally absent)."""

from django.utils.translation import gettext_lazy as _

from randomization.models import CodeBreak, ImpactAssessment, LetterCount, Randomization, RandomizedInError
from randomization.selectors import breaks_for, impacts_for, letter_counts_for
from trial_site.core.datasets import Column, Dataset, Origin
from trial_site.monitoring.models import RecordRef
from trial_site.monitoring.selectors import ref_of
from trial_site.monitoring.texts import FreeText


def of_the_participant(row: CodeBreak | ImpactAssessment) -> RecordRef:
    return ref_of("SU", row.subject)


DATASETS = [
    Dataset(
        form="RA",
        origin=Origin.DERIVED,
        title=_("Randomization"),
        model=Randomization,
        subject="subject__number",
        domain="DS",
        columns=(Column("number", coded=True), Column("randomized_at", cdash="DSSTDAT")),
        withheld={
            "id": "internal key",
            "subject": "given as the screening number",
            "randomized_by": "a person; in the audit trail",
        },
    ),
    Dataset(
        form="ER",
        origin=Origin.DIRECT,
        title=_("Randomized in error"),
        model=RandomizedInError,
        subject="subject__number",
        domain="DS",
        columns=(Column("recorded_at", cdash="DSSTDAT"), Column("why", cdash="DSTERM")),
        withheld={
            "id": "internal key",
            "subject": "given as the screening number",
            "recorded_by": "a person; in the audit trail",
        },
    ),
    Dataset(
        form="CB",
        origin=Origin.DIRECT,
        title=_("Treatment unblinded"),
        model=CodeBreak,
        subject="subject__number",
        repeat="id",
        domain="DS",
        never_frozen=True,
        columns=(Column("broken_at", cdash="DSSTDAT"), Column("category", cdash="DSSCAT")),
        withheld={
            "id": "internal key",
            "subject": "given as the screening number",
            "why": "free text of whoever broke the code; on the page of code breaks",
            "broken_by": "a person; in the audit trail",
            "second_person": "a person; in the audit trail",
            "access": "internal key of the access record",
            "letter": "accounted for with the sealed letters",
        },
    ),
]

TEXTS = (
    FreeText(_("Treatment unblinded"), CodeBreak, ("why",), breaks_for, of_the_participant),
    FreeText(
        _("Impact of a code break"),
        ImpactAssessment,
        ("learned", "consequences"),
        impacts_for,
        of_the_participant,
    ),
    FreeText(_("Sealed letters"), LetterCount, ("comment",), letter_counts_for),
)
