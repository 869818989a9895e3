from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "yigongti.kernel.access"
    label = "access"
    verbose_name = "权限"

    def ready(self) -> None:
        from . import login

        login.connect()
