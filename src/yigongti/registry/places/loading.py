"""Loading administrative areas from the published tables (GB/T 2260 counties, statistical town and village codes)."""

import csv
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Invalid
from yigongti.registry.places.queries import lineage
from yigongti.registry.places.services import LEVELS

#: files in the order of their levels; towns and villages come for chosen counties
FILES = ("provinces.csv", "cities.csv", "areas.csv", "streets*.csv", "villages*.csv")
TOWN_DIGITS = 9

STAGE = "CREATE TEMP TABLE area_load (code text, name text, level text, parent text) ON COMMIT DROP"
MERGE = """
INSERT INTO places_area AS a (code, name, level, parent_id)
SELECT code, name, level, parent FROM area_load
ON CONFLICT (code) DO UPDATE SET name = excluded.name, parent_id = excluded.parent_id
 WHERE (a.name, a.parent_id) IS DISTINCT FROM (excluded.name, excluded.parent_id)
RETURNING xmax = 0
"""


@dataclass
class Loaded:
    """What became of the rows; ``read = added + changed + unchanged + len(rejected)``."""

    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kinds = {"新增": self.added, "更新": self.changed, "未变": self.unchanged, "退回": len(self.rejected)}
        return f"读入 {self.read}：" + "，".join(f"{kind} {number}" for kind, number in kinds.items())


def load_areas(
    actor: Actor,
    folder: Path,
    *,
    counties: Collection[str] | None = None,
    advance: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Loaded:
    """Load all provinces, cities and counties of ``folder``, and towns and villages of ``counties`` (default: all)."""
    files = [path for pattern in FILES for path in sorted(folder.glob(pattern))]
    if not files:
        raise Invalid(f"{folder} 中没有行政区划表", hint=f"需要 {'、'.join(FILES)}，列 code、name")
    with acting(actor):
        actor.require(Permission.PLACE_EDIT)
        loaded = Loaded()
        rows: dict[str, str] = {}
        for number, path in enumerate(files, 1):
            _read(path, counties, rows, loaded)
            advance("行政区划", number, len(files))
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS area_load")
            cursor.execute(STAGE)
            with cursor.copy("COPY area_load FROM STDIN") as copy:
                for code, name in rows.items():
                    above = next((parent for parent in lineage(code)[1:] if parent in rows), None)
                    copy.write_row((code, name, LEVELS[len(code)][0].value, above))
            cursor.execute(MERGE)
            written = [added for (added,) in cursor.fetchall()]
        loaded.added, loaded.changed = written.count(True), written.count(False)
        loaded.unchanged = len(rows) - len(written)
        return loaded


def _read(path: Path, counties: Collection[str] | None, rows: dict[str, str], loaded: Loaded) -> None:
    """Take the good rows of a file; every other one is named with its line and the reason."""
    for line, code, name in _lines(path):
        if counties is not None and len(code) >= TOWN_DIGITS and code[:6] not in counties:
            continue
        loaded.read += 1
        reason = ""
        if not code.isdigit() or len(code) not in LEVELS:
            reason = f"区划代码“{code}”应为 2、4、6、9 或 12 位数字"
        elif not name or len(name) > 64:
            reason = f"{code} 的名称为空或超过 64 字"
        elif code in rows:
            reason = f"区划代码 {code} 重复"
        elif len(code) >= TOWN_DIGITS and lineage(code)[1] not in rows:
            reason = f"{code} {name} 的上级 {lineage(code)[1]} 不在表中"
        if reason:
            loaded.rejected.append(f"{path.name} 第 {line} 行：{reason}")
        else:
            rows[code] = name


def _lines(path: Path) -> Iterator[tuple[int, str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if not {"code", "name"} <= set(reader.fieldnames or ()):
            raise Invalid(f"{path.name} 缺少列 code 或 name", hint="第一行应为列名")
        for row in reader:
            yield reader.line_num, (row["code"] or "").strip(), (row["name"] or "").strip()
