from django.apps import AppConfig
from django.utils.translation import gettext as _


class RandomizationConfig(AppConfig):
    name = "randomization"

    def ready(self) -> None:
        from randomization.datasets import DATASETS, TEXTS
        from trial_site.audit.action import REFUSALS
        from trial_site.core.errors import Refused
        from trial_site.monitoring.registry import register
        from trial_site.monitoring.texts import register_texts

        register(DATASETS)
        register_texts(TEXTS)
        REFUSALS["TS001"] = lambda: Refused(_("The sealed room refuses."))
