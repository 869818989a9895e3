from django.apps import AppConfig


class WarehouseConfig(AppConfig):
    """Makes the derived facts known to those who define indicators, and to the data dictionary."""

    name = "yigongti.insight.warehouse"
    label = "warehouse"
    verbose_name = "数据仓库"

    def ready(self) -> None:
        from yigongti.insight.indicators import dictionary
        from yigongti.kernel.facts import entries

        from .entries import derived
        from .reading import derived_tables

        dictionary.also(derived_tables)
        entries.also(derived)
