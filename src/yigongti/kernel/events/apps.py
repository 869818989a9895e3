from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "yigongti.kernel.events"
    label = "events"
    verbose_name = "事件"
