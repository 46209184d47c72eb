from django.apps import AppConfig


class BlindingConfig(AppConfig):
    name = "trial_site.blinding"
