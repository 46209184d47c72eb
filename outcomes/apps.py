from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutcomesConfig(AppConfig):
    name = "outcomes"
    verbose_name = _("Outcomes")

    def ready(self) -> None:
        from outcomes.datasets import DATASETS
        from trial_site.monitoring.registry import register

        for dataset in DATASETS:
            register(
                dataset.form,
                title=dataset.title,
                model=dataset.model,
                fields=tuple(column.field for column in dataset.columns),
                units={column.field: column.written_unit for column in dataset.columns},
                audience=dataset.audience,
            )
