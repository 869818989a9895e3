from django.apps import AppConfig


class AlarmsConfig(AppConfig):
    """Registers the policy kind, the workflow, its news, the pulse, and what waits on the screens."""

    name = "yigongti.insight.alarms"
    label = "alarms"
    verbose_name = "预警提示"

    def ready(self) -> None:
        from . import definitions, news, outline, pins, timers, waiting, workflow  # noqa: F401
