"""What the first migration of a room makes at once is what its models say."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader

from yigongti.kernel.initial import Initial


def ours() -> Iterator[type[models.Model]]:
    for config in apps.get_app_configs():
        if config.name.startswith("yigongti."):
            yield from (model for model in config.get_models(include_auto_created=True) if model._meta.managed)


def keys(made: dict[str, Any]) -> set[str]:
    return {found["columns"][0] for found in made.values() if found["foreign_key"]}


def indexed(made: dict[str, Any]) -> set[str]:
    wanted = ("index", "unique", "primary_key")
    return {found["columns"][0] for found in made.values() if found["columns"] and any(found[kind] for kind in wanted)}


def test_the_first_migration_of_a_room_is_initial() -> None:
    for (label, name), migration in MigrationLoader(None).graph.nodes.items():
        if apps.get_app_config(label).name.startswith("yigongti.") and name.startswith("0001"):
            assert isinstance(migration, Initial), f"{label}.{name} renders every related model for each operation"


@pytest.mark.django_db
@pytest.mark.parametrize("model", list(ours()), ids=lambda model: model._meta.label)
def test_a_table_has_what_its_model_says(model: type[models.Model]) -> None:
    options = model._meta
    with connection.cursor() as cursor:
        columns = {
            found.name: found for found in connection.introspection.get_table_description(cursor, options.db_table)
        }
        made = connection.introspection.get_constraints(cursor, options.db_table)
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass", [options.db_table])
        triggers = {str(row[0]) for row in cursor.fetchall()}

    fields = options.local_concrete_fields
    assert {field.column: field.null for field in fields} == {name: found.null_ok for name, found in columns.items()}
    assert {named.name for named in [*options.indexes, *options.constraints]} <= made.keys()
    pointing = {field.column for field in fields if field.remote_field and field.db_constraint}
    assert keys(made) == pointing
    assert {field.column for field in fields if field.db_index} <= indexed(made)
    assert {trigger.get_pgid(model) for trigger in getattr(options, "triggers", [])} <= triggers
