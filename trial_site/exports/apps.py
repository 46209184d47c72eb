from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExportsConfig(AppConfig):
    name = "trial_site.exports"
    verbose_name = _("Exports")

    def ready(self) -> None:
        from outcomes.actions.reminders import TOPICS, Topic
        from trial_site.exports.actions import NOTICE
        from trial_site.exports.notices import ready_letter, still_ready

        TOPICS[NOTICE] = Topic(still_ready, ready_letter)
