from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "yigongti.medicine.catalogue"
    label = "catalogue"
    verbose_name = "用药目录"

    def ready(self) -> None:
        from . import events  # noqa: F401
