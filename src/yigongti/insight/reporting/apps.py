from django.apps import AppConfig


class ReportingConfig(AppConfig):
    """Registers the policy kind, the workflow, the facts, the news it listens to, and the pulse."""

    name = "yigongti.insight.reporting"
    label = "reporting"
    verbose_name = "指标填报"

    def ready(self) -> None:
        from yigongti.kernel.audit.kinds import declare

        from . import events, facts, panels, plans, timers, workflow  # noqa: F401

        declare({"reporting:evidence-file": "填报佐证材料"})
