from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "yigongti.kernel.audit"
    label = "audit"
    verbose_name = "审计"
