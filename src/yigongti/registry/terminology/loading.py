"""Loading whole lists of concepts in a few statements, however long the list is."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Invalid
from yigongti.registry import pinyin
from yigongti.registry.terminology.models import CodeSystem, Concept
from yigongti.registry.terminology.services import define_system
from yigongti.registry.terminology.shipped import systems

#: the national tables of the DRG grouper: file name → system code, name, version
NATIONAL = {
    "ZD_INFO.dat": ("icd-10", "疾病诊断（ICD-10）", "医保版/国临版"),
    "SS_INFO.dat": ("icd-9-cm-3", "手术操作（ICD-9-CM-3）", "医保版/国临版"),
}

Advance = Callable[[str, int, int], None]
"""Told the name of a code system, how many of its concepts are read and how many there are."""
OFTEN = 500

STAGE = """
CREATE TEMP TABLE concept_load (line int, code text, name text, initials text, parent_code text) ON COMMIT DROP
"""
MERGE = """
WITH merged AS (
    INSERT INTO terminology_concept AS c (system_id, code, name, initials, parent_code)
    SELECT %s, code, name, initials, parent_code FROM concept_load
    ON CONFLICT (system_id, code) DO UPDATE
       SET name = excluded.name, initials = excluded.initials, parent_code = excluded.parent_code, retired_on = NULL
     WHERE (c.name, c.parent_code, c.retired_on) IS DISTINCT FROM (excluded.name, excluded.parent_code, NULL)
    RETURNING code, xmax = 0 AS added
)
SELECT l.line, m.added FROM concept_load l JOIN merged m USING (code)
"""


@dataclass(frozen=True)
class Row:
    """One concept as it was read; ``line`` is where it stands in its file."""

    line: int
    code: str
    name: str
    parent_code: str = ""


@dataclass
class Loaded:
    """What became of the rows; ``read = added + changed + unchanged + rejected``. Values are line numbers."""

    added: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)
    unchanged: set[int] = field(default_factory=set)
    rejected: dict[int, Invalid] = field(default_factory=dict)

    @property
    def read(self) -> int:
        """The number of rows read."""
        return len(self.added) + len(self.changed) + len(self.unchanged) + len(self.rejected)

    def __str__(self) -> str:
        kinds: dict[str, Collection[int]] = {
            "新增": self.added,
            "更新": self.changed,
            "未变": self.unchanged,
            "退回": self.rejected,
        }
        return f"读入 {self.read}：" + "，".join(f"{kind} {len(lines)}" for kind, lines in kinds.items())


def quietly(what: str, done: int, total: int) -> None:
    """Tell nobody how far it is."""


def load_concepts(actor: Actor, *, system: CodeSystem, rows: Iterable[Row], advance: Advance = quietly) -> Loaded:
    """Add and update the concepts of a system; a row that cannot be taken is rejected alone, with its reason."""
    with acting(actor):
        actor.require(Permission.TERMINOLOGY_EDIT)
        loaded = Loaded()
        taken = list(_acceptable(rows, loaded))
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS concept_load")
            cursor.execute(STAGE)
            with cursor.copy("COPY concept_load FROM STDIN") as copy:
                for number, row in enumerate(taken, 1):
                    copy.write_row((row.line, row.code, row.name, pinyin.initials(row.name), row.parent_code))
                    if number % OFTEN == 0:
                        advance(system.name, number, len(taken))
            cursor.execute(MERGE, [system.pk])
            for line, added in cursor.fetchall():
                (loaded.added if added else loaded.changed).add(line)
        advance(system.name, len(taken), len(taken))
        loaded.unchanged = {row.line for row in taken} - loaded.added - loaded.changed
        return loaded


def _acceptable(rows: Iterable[Row], loaded: Loaded) -> Iterator[Row]:
    first: dict[str, int] = {}
    longest = {field.name: field.max_length or 0 for field in Concept._meta.fields}
    for row in rows:
        problem = None
        if not row.code or not row.name:
            empty = "code" if not row.code else "name"
            problem = Invalid("代码和名称都不能为空", hint="请补全这一行", field=empty)
        elif len(row.code) > longest["code"] or len(row.name) > longest["name"]:
            problem = Invalid(
                f"代码最多 {longest['code']} 字，名称最多 {longest['name']} 字", hint="请缩短", field="name"
            )
        elif row.code in first:
            problem = Invalid(f"代码 {row.code} 与第 {first[row.code]} 行重复", hint="请只留一行", field="code")
        if problem:
            loaded.rejected[row.line] = problem
        else:
            first[row.code] = row.line
            yield row


def load_starter(actor: Actor, *, advance: Advance = quietly) -> dict[str, Loaded]:
    """Load the shipped lists; a system that is there already only gains what it lacks."""
    with acting(actor):
        done = {}
        for shipped in systems().values():
            system = CodeSystem.objects.filter(pk=shipped.code).first() or define_system(
                actor, code=shipped.code, name=shipped.name, version=shipped.version, source=shipped.source
            )
            known = set(system.concepts.values_list("code", flat=True))
            new = (item for item in shipped.rows.items() if item[0] not in known)
            rows = (Row(line, code, name) for line, (code, name) in enumerate(new, 2))
            done[shipped.code] = load_concepts(actor, system=system, rows=rows, advance=advance)
        return done


def load_national(actor: Actor, folder: Path, *, advance: Advance = quietly) -> dict[str, Loaded]:
    """Load the national tables that stand in ``folder``, or in the folder ``chs_drg_11`` in it."""
    found = [path for name in NATIONAL for path in (folder / name, folder / "chs_drg_11" / name) if path.is_file()]
    if not found:
        raise Invalid(f"{folder} 中没有 {'、'.join(NATIONAL)}", hint="请指向存放国家疾病和手术代码表的文件夹")
    with acting(actor):
        done = {}
        for path in found:
            code, name, version = NATIONAL[path.name]
            system = define_system(actor, code=code, name=name, version=version, source=path.name)
            done[code] = load_concepts(actor, system=system, rows=_lines(path), advance=advance)
        return done


def _lines(path: Path) -> Iterator[Row]:
    """``CODE NAME`` a line."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                code, _, name = line.strip().partition(" ")
                yield Row(number, code, name.strip())
