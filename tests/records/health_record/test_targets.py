import pytest

from yigongti.kernel.errors import NotFound
from yigongti.records.health_record import targets
from yigongti.records.health_record.models import KINDS
from yigongti.records.health_record.services.corrections import CORRECTABLE


def test_every_kind_of_the_record_can_be_received_and_corrected() -> None:
    received = {made.model for made in targets.TARGETS.values()}
    assert received == {*KINDS, targets.SourceIdentity}
    assert CORRECTABLE.keys() == set(KINDS)
    for kind, names in CORRECTABLE.items():
        assert names <= {name for field in kind._meta.fields for name in (field.name, field.attname)}


@pytest.mark.parametrize("made", targets.TARGETS.values(), ids=targets.TARGETS)
def test_a_target_says_of_each_column_what_the_table_says(made: targets.Target) -> None:
    columns = {field.column: field for field in made.model._meta.concrete_fields}
    for column in made.columns:
        assert column.title
        assert column.refers in {"", *targets.TARGETS}
        if column.column and not column.refers and not column.name.endswith("_code"):
            assert column.column in columns
        if column.column in columns and column.type == "text" and not column.sensitive and not column.refers:
            longest = columns[column.column].max_length
            assert longest is None or column.length == longest or column.name.endswith("_code")
    assert made.key == ("source_key",)
    assert "source_key" in made.required
    assert not made.at or made.column(made.at).type in ("date", "timestamp")


@pytest.mark.parametrize("made", targets.TARGETS.values(), ids=targets.TARGETS)
def test_a_column_that_the_table_demands_is_required_or_has_a_default(made: targets.Target) -> None:
    named = {column.column: column for column in made.columns}
    ours = {"id", "resident_id", "organization_id", "source", "recorded_at", "received_at", "state"}
    for field in made.model._meta.concrete_fields:
        if field.null or field.column in ours or (field.db_default is not None and field.has_db_default()):
            continue
        if field.has_default() or field.blank:
            continue
        assert named[field.column].required, field.column


def test_an_unknown_name_says_what_there_is() -> None:
    with pytest.raises(NotFound, match="没有接收目标"):
        targets.target("visit")
    with pytest.raises(NotFound) as unknown:
        targets.target("encounter").column("visit")
    assert "started_at" in unknown.value.hint
