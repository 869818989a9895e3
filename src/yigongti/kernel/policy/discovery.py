"""Makes the shapes and kinds that rooms declare known: their modules ``findings`` and ``policies`` are imported."""

from django.utils.module_loading import autodiscover_modules

from yigongti.kernel.policy import bodies, rules


def discover() -> None:
    """Import what the installed rooms declare. Needs the app registry to be ready."""
    autodiscover_modules("findings", "policies")


__all__ = ["bodies", "discover", "rules"]
