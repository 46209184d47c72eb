from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RandomizationConfig(AppConfig):
    name = "randomization"

    def ready(self) -> None:
        from randomization.models import Randomization
        from trial_site.monitoring.registry import register

        register("RA", title=_("Randomization"), model=Randomization, fields=("number", "randomized_at"))
