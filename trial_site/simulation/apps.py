from django.apps import AppConfig


class SimulationConfig(AppConfig):
    name = "trial_site.simulation"
