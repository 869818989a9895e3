from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class SheetsConfig(AppConfig):
    """Reads the ``sheets.py`` of every room."""

    name = "yigongti.registry.sheets"
    label = "sheets"
    verbose_name = "批量导入"

    def ready(self) -> None:
        autodiscover_modules("sheets")
