from django.apps import AppConfig


class ResidentsConfig(AppConfig):
    name = "yigongti.records.residents"
    label = "residents"
    verbose_name = "居民"

    def ready(self) -> None:
        from yigongti.kernel.audit.kinds import declare

        from . import alarms, contacts, duties, grounds, workflow  # noqa: F401

        declare(
            {
                "residents:desk": "出示证件",
                "residents:roster": "居民名册",
                "residents:reveal": "完整证件号码和电话",
                "residents:review": "身份核对",
            }
        )
