from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "yigongti.registry.staff"
    label = "staff"
    verbose_name = "人员"

    def ready(self) -> None:
        """Let notices know how people are reached."""
        from . import contacts  # noqa: F401
