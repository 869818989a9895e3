"""Every type of the server, in the order of the documents; its scopes become scopes of systems."""

from yigongti.kernel.access.applications import declare_scopes  # noqa: I001

from . import (
    clinical,
    people,
    registry,
    treatment,
)
from . import exporting
from .access import scopes

declare_scopes(scopes())

__all__ = ["clinical", "exporting", "people", "registry", "treatment"]
