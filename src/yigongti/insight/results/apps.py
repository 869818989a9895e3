from django.apps import AppConfig


class ResultsConfig(AppConfig):
    """Computes and stores the indicators every night and when asked."""

    name = "yigongti.insight.results"
    label = "results"
    verbose_name = "指标结果"

    def ready(self) -> None:
        from yigongti.kernel.audit.kinds import declare

        from . import jobs, pins  # noqa: F401

        declare({"results:records": "指标的明细记录"})
