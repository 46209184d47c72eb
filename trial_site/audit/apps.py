from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "trial_site.audit"
