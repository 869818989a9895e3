from django.apps import AppConfig


class LinkageConfig(AppConfig):
    """A library without tables; an app only so that its policy kind is known to every command and page."""

    name = "yigongti.records.linkage"
    label = "linkage"
    verbose_name = "记录比对"

    def ready(self) -> None:
        """Register the kind of policy and how it is told."""
        from . import configuration, outline  # noqa: F401
