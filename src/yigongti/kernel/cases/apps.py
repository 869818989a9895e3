from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "yigongti.kernel.cases"
    label = "cases"
    verbose_name = "事项"

    def ready(self) -> None:
        from . import escalation  # noqa: F401
