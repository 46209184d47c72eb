from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DosingConfig(AppConfig):
    name = "dosing"
    verbose_name = _("Dosing")

    def ready(self) -> None:
        from dosing.datasets import DATASETS
        from dosing.models import InfusionSlot
        from dosing.selectors import slots_for
        from trial_site.monitoring.registry import register
        from trial_site.monitoring.selectors import ref_of
        from trial_site.monitoring.texts import FreeText, register_texts

        register(DATASETS)
        why = FreeText(
            _("Infusion slot"),
            InfusionSlot,
            ("cancel_reason",),
            slots_for,
            lambda slot: ref_of("SU", slot.subject),
        )
        register_texts([why])
