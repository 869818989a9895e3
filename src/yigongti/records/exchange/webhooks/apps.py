from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "yigongti.records.exchange.webhooks"
    label = "webhooks"
    verbose_name = "事件推送"

    def ready(self) -> None:
        """Register the consumers and the pulse."""
        from . import listening, sending  # noqa: F401
