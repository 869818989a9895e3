from django.apps import AppConfig


class ExtractsConfig(AppConfig):
    name = "yigongti.records.exchange.extracts"
    label = "extracts"
    verbose_name = "去标识化数据"

    def ready(self) -> None:
        """Register the policy kind, the workflow, the long work and the pulse."""
        from yigongti.kernel.audit.kinds import declare

        from . import jobs, keeping, outline, policies, workflow  # noqa: F401

        declare({"extracts:file": "去标识化数据文件", "extracts:made": "去标识化数据的生成"})
