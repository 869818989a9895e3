"""Does the database have what the models declare? One made by an early version may lack what came without migration."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Model

COLUMNS = """
SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
"""
NAMED = "SELECT relname FROM pg_class WHERE relkind IN ('i', 'I') UNION SELECT conname FROM pg_constraint"
WAY_OUT = "此库由较早的版本建立；备份数据，在新的 YIGONGTI_HOME 重新建库，见 docs/operations.md"


def lacking(connection: Any) -> list[str]:
    """Tables, columns, indexes and constraints that our models declare by name and the database does not have."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        columns = set(cursor.fetchall())
        cursor.execute(NAMED)
        named = {name for (name,) in cursor.fetchall()}
    ours = (model for model in apps.get_models(include_auto_created=True) if model.__module__.startswith("yigongti."))
    return [what for model in ours if model._meta.managed for what in _lacks(model, columns, named)]


def _lacks(model: type[Model], columns: set[tuple[str, str]], named: set[str]) -> Iterator[str]:
    told = model._meta
    if told.proxy:
        return
    if told.db_table not in {table for table, _ in columns}:
        yield f"表 {told.db_table}"
        return
    for field in told.local_concrete_fields:
        if field.column and (told.db_table, field.column) not in columns:
            yield f"列 {told.db_table}.{field.column}"
    for one in (*told.indexes, *told.constraints):
        if one.name not in named:
            yield f"索引或约束 {one.name}（{told.db_table}）"
