from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MonitoringConfig(AppConfig):
    name = "trial_site.monitoring"
    verbose_name = _("Monitoring")

    def ready(self) -> None:
        from trial_site.audit.action import REFUSALS
        from trial_site.audit.tracking import guard
        from trial_site.core.errors import Refused
        from trial_site.monitoring.models import (
            AnalysisSets,
            DataReview,
            Deviation,
            Query,
            QueryMessage,
            Signature,
            Verification,
        )
        from trial_site.monitoring.texts import OWN, register_texts

        for model in (AnalysisSets, DataReview, Deviation, Query, QueryMessage, Signature, Verification):
            guard(model, "monitoring_refuse_frozen", "", "")
        register_texts(OWN)
        sentence = _("This is frozen or locked: nothing of it can be changed. Nothing was saved.")
        REFUSALS["TS006"] = lambda: Refused(sentence)
