from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "trial_site.core"
