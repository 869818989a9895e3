from django.apps import AppConfig


class MllpConfig(AppConfig):
    name = "yigongti.records.exchange.mllp"
    label = "mllp"
    verbose_name = "HL7 消息"

    def ready(self) -> None:
        """Register the pulse."""
        from . import leftovers  # noqa: F401
