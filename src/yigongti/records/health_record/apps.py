from django.apps import AppConfig


class HealthRecordConfig(AppConfig):
    name = "yigongti.records.health_record"
    label = "health_record"
    verbose_name = "健康档案"

    def ready(self) -> None:
        """Register the pulse."""
        from . import months  # noqa: F401
