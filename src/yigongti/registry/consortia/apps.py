from django.apps import AppConfig


class ConsortiaConfig(AppConfig):
    name = "yigongti.registry.consortia"
    label = "consortia"
    verbose_name = "医共体"
