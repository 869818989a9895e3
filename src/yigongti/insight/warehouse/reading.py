"""The shelf as engines read it: which files hold a fact, and what its columns are."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from yigongti.config import configuration
from yigongti.insight.indicators.dictionary import Dictionary, FactTable, TableColumn, choices, declared
from yigongti.insight.indicators.engines.sources import FactSource, Part
from yigongti.kernel.errors import NotFound

from .derived import steps
from .derived.declaration import Derived
from .shelf import FactShelf, Shelf, Snapshot, month_of

HIERARCHY = "hierarchy"


def shelf() -> Shelf:
    """The shelf of this installation: HOME/warehouse."""
    return Shelf(configuration().home / "warehouse")


def standing(found: Shelf) -> Snapshot:
    """The snapshot in force. Raises NotFound before the first sync."""
    snapshot = found.current()
    if snapshot is None:
        raise NotFound("数据仓库还是空的", hint="先运行 yigongti warehouse sync")
    return snapshot


def derived_tables() -> Iterator[FactTable]:
    """The derived facts as definitions see them."""
    for one in steps().values():
        yield _table(one)


def _table(one: Derived) -> FactTable:
    columns = {c.name: TableColumn(c.name, c.type, c.title, c.unit, c.meaning, choices(c.meaning)) for c in one.columns}
    key = one.key.split(",")[0]
    return FactTable(one.name, columns, one.title, one.grain, "month", key, one.organization, stock=one.stock)


def sources(found: Shelf, snapshot: Snapshot, dictionary: Dictionary | None = None) -> dict[str, FactSource]:
    """Every fact of a snapshot that has files."""
    known = dictionary or declared()
    return {
        name: FactSource(known[name], tuple(_parts(found, fact)))
        for name, fact in snapshot.facts.items()
        if name in known and fact.pieces
    }


def _parts(found: Shelf, fact: FactShelf) -> Iterator[Part]:
    for month, piece in fact.pieces.items():
        yield Part((str(found.path(piece)),), month_of(month))


def hierarchy(found: Shelf, snapshot: Snapshot) -> pa.Table:
    """To which units an organisation belonged in each month."""
    fact = snapshot.facts[HIERARCHY]
    paths = [str(found.path(piece)) for piece in fact.pieces.values()]
    return pa.concat_tables(pq.read_table(path, partitioning=None) for path in paths)
