"""Export columns of randomization: number and time, never an arm (structurally absent)."""

from django.utils.translation import gettext_lazy as _

from randomization.models import Randomization
from trial_site.core.datasets import Column, Dataset

DATASETS = [
    Dataset(
        form="RA",
        title=_("Randomization"),
        model=Randomization,
        subject="subject__number",
        domain="DS",
        columns=(Column("number"), Column("randomized_at", cdash="DSSTDAT")),
        withheld={
            "id": "internal key",
            "subject": "given as the screening number",
            "randomized_by": "a person; in the audit trail",
        },
    )
]
