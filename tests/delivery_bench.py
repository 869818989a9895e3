"""A delivery read and checked without a database: what became of each of its lines."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import duckdb

from yigongti.kernel.policy.store import folder, read_file
from yigongti.records.exchange import bench as benches
from yigongti.records.exchange import checking, measures, reading, reporting
from yigongti.records.exchange.files import gather
from yigongti.records.exchange.mappings import DeliveryMapping

PEOPLE: Mapping[str, Any] = {
    "policy": "exchange/people",
    "kind": "mapping",
    "version": "2026.1",
    "effective": {"from": "2026-01-01", "to": None},
    "place": None,
    "title": "试验",
    "source": {"document": "测试", "mark": "D"},
    "system": "people",
    "system_title": "试验",
    "reads": {
        "people": {
            "file": "people.csv|people.xlsx|people.parquet|people.txt",
            "title": "人员",
            "columns": ["id", "name"],
            "optional": ["sex", "born"],
        }
    },
    "writes": [
        {
            "target": "patient",
            "from": "people",
            "columns": {"source_key": "id", "name": "name", "sex": "sex", "birth_date": "born"},
        }
    ],
}


def mapping(**changed: Any) -> DeliveryMapping:
    """People with a name, sex and birth date; ``changed`` parts of the policy in place of those."""
    return DeliveryMapping.model_validate({**PEOPLE, **changed})


@dataclass
class Taken:
    """What was read of a delivery and what is wrong with it."""

    bench: duckdb.DuckDBPyConnection
    lines: dict[str, int]
    total: dict[str, int]

    def rows(self, columns: str = "*", read: str = "people") -> list[tuple[Any, ...]]:
        """The rows that could be read, in their order."""
        return self.bench.execute(f'SELECT {columns} FROM "{read}" ORDER BY line').fetchall()

    @property
    def problems(self) -> list[tuple[int, str, str]]:
        """Line, rule and reason of every fault."""
        return self.bench.execute("SELECT line, rule, reason FROM problems ORDER BY line, rule").fetchall()


@contextmanager
def taken(by: DeliveryMapping | None = None, /, **files: bytes | str) -> Iterator[Taken]:
    """Files (``people_csv=…``) read and checked as a delivery."""
    with TemporaryDirectory() as at:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            stem, _, ending = name.rpartition("_")
            (Path(at) / f"{stem}.{ending}").write_bytes(data)
        with delivered(by or mapping(), sorted(Path(at).iterdir())) as found:
            yield found


@contextmanager
def delivered(by: DeliveryMapping, paths: list[Path]) -> Iterator[Taken]:
    """Paths read and checked as a delivery."""
    units = cast(measures.Units, read_file(folder() / "exchange" / "units.yaml").body)
    with TemporaryDirectory() as into, benches.opened(disk=False) as bench:
        benches.prepare(bench, by, units)
        lines = reading.read_all(bench, by, gather(paths, Path(into)))
        benches.lock(bench)
        checking.shape(bench, by)
        checking.check(bench, by)
        yield Taken(bench, lines, reporting.report(bench, by, lines, {})["total"])
