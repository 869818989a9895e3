from django.apps import AppConfig


class WorkbenchConfig(AppConfig):
    name = "yigongti.desks.workbench"
    label = "workbench"
    verbose_name = "工作台"
