from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "yigongti.kernel.policy"
    label = "policy"
    verbose_name = "规则"

    def ready(self) -> None:
        """Know the rooms' shapes, and read approved overrides from the database."""
        from .discovery import discover
        from .overrides import OVERRIDES
        from .store import store

        discover()
        store().overrides = OVERRIDES
