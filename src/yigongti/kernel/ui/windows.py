"""What a page shows of one or several lists of the same model, in one statement whose row columns are made once.

Each list finds the keys of its rows, in its order, at most as many as are counted (:data:`~.paging.KNOWN`); the
relations are joined to the few rows that are shown, not to those that are sorted. Django makes the SQL of the columns
and relations once for each process instead of once for each list of each page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

from yigongti.kernel import prepared

M = TypeVar("M", bound=Model)

#: the keys of one list: those that are shown, in their order, and how many there are
KEYS = """SELECT {n} AS list, cardinality(ids) AS known, ids[%s:%s] AS ids
FROM (SELECT ARRAY({keys}) AS ids OFFSET 0) AS keys{n}"""
#: the keys come first: PostgreSQL keeps the order of more joins than it weighs, and would read the whole table
WINDOWS = """SELECT shown.list, shown.known, {columns} FROM (
    SELECT w.list, w.known, key.id, key.place
    FROM ({keys}) AS w CROSS JOIN LATERAL unnest(w.ids) WITH ORDINALITY AS key (id, place)
) AS shown INNER JOIN {table} ON (shown.id = {table}.{primary}){relations} ORDER BY shown.list, shown.place"""


@dataclass(frozen=True)
class Wanted(Generic[M]):
    """A part of a list: ``size`` rows from ``start`` (0 is the first), counted to ``most``."""

    rows: "QuerySet[M]"
    start: int
    size: int
    most: int


@dataclass
class Window(Generic[M]):
    """The rows that were found, and how many rows the list has (at most ``most``; 0 beyond its end)."""

    rows: list[M] = field(default_factory=list)
    known: int = 0


class Windows(Generic[M]):
    """Reads parts of lists. ``shape`` gives a queryset with the relations and columns of a row, without conditions."""

    def __init__(self, shape: Callable[[], "QuerySet[M]"]) -> None:
        self.shape = shape
        self._made: tuple[dict[str, str], Callable[[Sequence[Any], dict[Any, Any]], M]] | None = None

    def __call__(self, wanted: Sequence[Wanted[M]]) -> list[Window[M]]:
        """The windows, in the order in which they were asked for. One statement, none for lists that must be empty."""
        parts_of_row, build = self._made = self._made or self._make()
        found: list[Window[M]] = [Window() for _ in wanted]
        shared: dict[Any, Any] = {}
        parts, params = [], []
        for n, one in enumerate(wanted):
            try:
                keys, given = one.rows.values("pk")[: one.most].query.get_compiler(connection=connection).as_sql()
            except EmptyResultSet:
                continue
            parts.append(KEYS.format(n=n, keys=keys))
            params += [one.start + 1, one.start + one.size, *given]
        if parts:
            sql = WINDOWS.format(keys="\nUNION ALL ".join(parts), **parts_of_row)
            for place, known, *row in prepared.run(sql, params)[0]:
                found[place].known = known
                found[place].rows.append(build(row, shared))
        return found

    def _make(self) -> tuple[dict[str, str], Callable[[Sequence[Any], dict[Any, Any]], M]]:
        shape = self.shape().order_by()
        compiler: Any = shape.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        if params or not sql.startswith("SELECT "):
            raise TypeError("the shape of a row has no conditions")
        meta = shape.model._meta
        quoted = connection.ops.quote_name
        assert meta.pk
        assert meta.pk.column
        table = quoted(meta.db_table)
        columns, _, relations = sql.removeprefix("SELECT ").partition(f" FROM {table}")
        row = {"columns": columns, "table": table, "primary": quoted(meta.pk.column), "relations": relations}
        return row, _builder(compiler)


def _builder(compiler: Any) -> Callable[[Sequence[Any], dict[Any, Any]], Any]:
    """How Django makes objects of rows (:class:`~django.db.models.query.ModelIterable`); the rows of a page share their
    relations, which are few.
    """
    about, select = compiler.klass_info, compiler.select
    start, end = about["select_fields"][0], about["select_fields"][-1] + 1
    names = [column[0].target.attname for column in select[start:end]]
    relations = get_related_populators(about, select, connection.alias)  # type: ignore[call-arg]
    converters = list(compiler.get_converters([column[0] for column in select]).items())

    def relate(relation: Any, values: list[Any], made: Any, shared: dict[Any, Any]) -> None:
        if relation.related_populators or relation.reorder_for_init:
            relation.populate(values, made)
            return
        columns = values[relation.cols_start : relation.cols_end]
        key = (relation, columns[relation.pk_idx])
        if key not in shared:
            there = columns[relation.pk_idx] is not None
            shared[key] = relation.model_cls.from_db(relation.db, relation.init_list, columns) if there else None
        relation.local_setter(made, shared[key])
        if shared[key] is not None:
            relation.remote_setter(shared[key], made)

    def build(row: Sequence[Any], shared: dict[Any, Any]) -> Any:
        values = list(row)
        for n, (functions, expression) in converters:
            for function in functions:
                values[n] = function(values[n], expression, connection)
        made = about["model"].from_db(connection.alias, names, values[start:end])
        for relation in relations:
            relate(relation, values, made, shared)
        return made

    return build
