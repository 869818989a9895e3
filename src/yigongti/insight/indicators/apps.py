from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    """Knows the policy kind ``indicators``."""

    name = "yigongti.insight.indicators"
    label = "indicators"
    verbose_name = "指标"

    def ready(self) -> None:
        from . import definitions, outline  # noqa: F401
