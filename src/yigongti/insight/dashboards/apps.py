from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    """Registers the policy kind ``dashboard``."""

    name = "yigongti.insight.dashboards"
    label = "dashboards"
    verbose_name = "运行监测"

    def ready(self) -> None:
        from yigongti.kernel.audit.kinds import declare

        from . import beside, definitions, outline  # noqa: F401

        declare({"dashboards:figures": "运行监测", "dashboards:comparison": "指标比较"})
