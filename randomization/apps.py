from django.apps import AppConfig


class RandomizationConfig(AppConfig):
    name = "randomization"

    def ready(self) -> None:
        from randomization.datasets import DATASETS
        from trial_site.monitoring.registry import register

        register(DATASETS)
