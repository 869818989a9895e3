"""Django's entry for the UI kit."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """The UI kit: templates, components and static files of every page."""

    name = "yigongti.kernel.ui"
    label = "ui"
    verbose_name = "界面"

    def ready(self) -> None:
        from . import signatures

        signatures.remember()
