from django.apps import AppConfig


class ChangesConfig(AppConfig):
    name = "yigongti.records.exchange.changes"
    label = "changes"
    verbose_name = "变更流"

    def ready(self) -> None:
        """Register the pulses."""
        from . import sealing  # noqa: F401
