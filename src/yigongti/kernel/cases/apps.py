from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "yigongti.kernel.cases"
    label = "cases"
    verbose_name = "事项"
