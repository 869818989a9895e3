from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    """Knows the policy kind ``indicators``, and tells the data dictionary what each indicator reads."""

    name = "yigongti.insight.indicators"
    label = "indicators"
    verbose_name = "指标"

    def ready(self) -> None:
        from yigongti.kernel.facts import entries

        from . import definitions, outline  # noqa: F401
        from .using import uses

        entries.used_by(uses)
