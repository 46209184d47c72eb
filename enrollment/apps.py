from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EnrollmentConfig(AppConfig):
    name = "enrollment"
    verbose_name = _("Enrollment")

    def ready(self) -> None:
        from enrollment.datasets import DATASETS
        from trial_site.monitoring.registry import register

        register(DATASETS)
