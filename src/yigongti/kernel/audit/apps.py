from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "yigongti.kernel.audit"
    label = "audit"
    verbose_name = "审计"

    def ready(self) -> None:
        """Let the pulse know the sealing and the walks along the chain."""
        from . import sealing, verification  # noqa: F401
