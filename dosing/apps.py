from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DosingConfig(AppConfig):
    name = "dosing"
    verbose_name = _("Dosing")

    def ready(self) -> None:
        from dosing.datasets import DATASETS
        from trial_site.monitoring.registry import register

        register(DATASETS)
