from django.apps import AppConfig


class ResidentDeskConfig(AppConfig):
    name = "yigongti.desks.resident"
    label = "resident_desk"
    verbose_name = "我的"
