from django.apps import AppConfig


class SimulatorConfig(AppConfig):
    name = "yigongti.insight.simulator"
    label = "simulator"
    verbose_name = "数字县域"

    def ready(self) -> None:
        """Register what the worker plays in the demonstration."""
        from . import evaluations, exchanging  # noqa: F401
