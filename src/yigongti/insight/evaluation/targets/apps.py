from django.apps import AppConfig


class TargetsConfig(AppConfig):
    """Targets of centres."""

    name = "yigongti.insight.evaluation.targets"
    label = "targets"
    verbose_name = "服务目标"

    def ready(self) -> None:
        """Register the policy kind, the workflow and what listens to it."""
        from . import definitions, news, workflow  # noqa: F401
