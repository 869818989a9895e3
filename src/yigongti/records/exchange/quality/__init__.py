"""How good the data of each source are, month by month: counted, published, explained, restated.

A load calls :func:`note` in its transaction and :func:`after` behind it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from yigongti.records.exchange.identities import Counts
    from yigongti.records.exchange.mappings import DeliveryMapping
    from yigongti.records.exchange.models import Load

MESSAGES = ("fhir", "hl7")
"""Channels whose loads are single messages: what they make due is gathered and counted by the worker."""


def note(
    bench: duckdb.DuckDBPyConnection,
    mapping: "DeliveryMapping",
    load: "Load",
    done: "Mapping[int, Counts]",
    now: datetime,
) -> None:
    """Keep what became of the rows of a load, month by month, and which months are to be counted again."""
    from .delivered import keep

    keep(bench, mapping, load, done, now)


def after(load: "Load") -> None:
    """Count the months that a load of files touched and publish them; those of messages wait for the worker."""
    from .publishing import settle

    if load.channel not in MESSAGES:
        settle([load.source_id])
