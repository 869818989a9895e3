from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class FactsConfig(AppConfig):
    """Reads the ``facts.py`` of every room."""

    name = "yigongti.kernel.facts"
    label = "facts"
    verbose_name = "数据字典"

    def ready(self) -> None:
        autodiscover_modules("facts")
