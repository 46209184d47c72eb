from django.apps import AppConfig


class SealedConfig(AppConfig):
    name = "randomization.sealed"
    label = "sealed"
