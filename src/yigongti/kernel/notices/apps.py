from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "yigongti.kernel.notices"
    label = "notices"
    verbose_name = "消息"

    def ready(self) -> None:
        """Let the outbox know who sends."""
        from . import sending  # noqa: F401
