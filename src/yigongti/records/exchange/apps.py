from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "yigongti.records.exchange"
    label = "exchange"
    verbose_name = "数据交换"

    def ready(self) -> None:
        """Register the kinds of policy, the workflow, and what the audit calls the addresses of FHIR."""
        from yigongti.kernel.audit.kinds import declare

        from . import mappings, measures, outline, sweeping, workflow  # noqa: F401
        from .fhir import declarations  # noqa: F401
        from .fhir.access import titles
        from .inbox import pulse  # noqa: F401

        declare(titles())
