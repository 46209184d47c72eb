from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasebookConfig(AppConfig):
    name = "trial_site.casebook"
    verbose_name = _("Casebook")

    def ready(self) -> None:
        from trial_site.casebook.texts import TEXTS
        from trial_site.monitoring.texts import register_texts

        register_texts(TEXTS)
