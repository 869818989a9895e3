from django.apps import AppConfig


class TerminologyConfig(AppConfig):
    name = "yigongti.registry.terminology"
    label = "terminology"
    verbose_name = "术语"
