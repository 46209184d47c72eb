from django.apps import AppConfig


class RandomizationConfig(AppConfig):
    name = "randomization"

    def ready(self) -> None:
        from randomization.datasets import DATASETS
        from trial_site.monitoring.registry import register

        for dataset in DATASETS:
            register(
                dataset.form,
                title=dataset.title,
                model=dataset.model,
                fields=tuple(column.field for column in dataset.columns),
                audience=dataset.audience,
            )
