from django.apps import AppConfig


class ResidentsConfig(AppConfig):
    name = "yigongti.records.residents"
    label = "residents"
    verbose_name = "居民"

    def ready(self) -> None:
        from . import alarms, contacts  # noqa: F401
