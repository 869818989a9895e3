from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "yigongti.records.exchange"
    label = "exchange"
    verbose_name = "数据交换"

    def ready(self) -> None:
        """Register the kinds of policy."""
        from . import mappings, measures  # noqa: F401
