"""Makes the shapes, kinds and places that rooms declare known."""

from django.utils.module_loading import autodiscover_modules


def discover() -> None:
    """Import the modules ``findings`` and ``policies`` of the installed rooms. Needs the app registry to be ready."""
    autodiscover_modules("findings", "policies")
