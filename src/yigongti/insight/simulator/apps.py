from django.apps import AppConfig


class SimulatorConfig(AppConfig):
    name = "yigongti.insight.simulator"
    label = "simulator"
    verbose_name = "数字县域"
