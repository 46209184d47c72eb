from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasebookConfig(AppConfig):
    name = "trial_site.casebook"
    verbose_name = _("Casebook")
