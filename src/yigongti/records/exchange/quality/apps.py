from django.apps import AppConfig


class QualityConfig(AppConfig):
    name = "yigongti.records.exchange.quality"
    label = "data_quality"
    verbose_name = "数据质量"

    def ready(self) -> None:
        """Register the nightly count and the pulse, and what the audit calls the rows that are shown."""
        from yigongti.kernel.audit.kinds import declare

        from . import jobs, outline  # noqa: F401

        declare({"quality:rows": "数据质量不合格的行"})
