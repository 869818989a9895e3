"""Every declared fact tells what it promises, on the real schema."""

import json
import re

import pytest
from typer.testing import CliRunner

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.errors import NotFound
from yigongti.kernel.facts import checking, command, types
from yigongti.kernel.facts.declaration import Column, Fact, declare_fact, fact, facts

NAMES = ["case_event", "encounter", "measurement", "membership", "organization", "referral", "resident", "staff"]


def made(select: str, *columns: Column) -> Fact:
    return Fact("made", "试", "一行", "tests", columns, select)


def test_the_facts_of_this_house_are_declared() -> None:
    assert set(NAMES) <= set(facts())


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_the_select_returns_exactly_the_declared_columns_and_nothing_personal(name: str) -> None:
    with acting(SYSTEM):
        assert checking.problems(fact(name)) == []


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_the_plan_is_set_based(name: str) -> None:
    """No nested loop over a sequential scan of a table that grows, no sub-plan run once for each row.

    The size of row-level security's own checks does not count: the machine's facts are read as the machine.
    """
    with acting(SYSTEM):
        tree = checking.plan(fact(name))
    for node in checking.nodes(tree):
        condition = str(node.get("Join Filter", ""))
        assert not (node["Node Type"] == "Nested Loop" and not condition and _two_scans(node)), node


def _two_scans(node: dict) -> bool:
    return [below["Node Type"] for below in node["Plans"]] == ["Seq Scan", "Seq Scan"]


@pytest.mark.parametrize("name", NAMES)
def test_titles_are_chinese_and_declarations_are_complete(name: str) -> None:
    declared = fact(name)
    assert re.search("[一-鿿]", declared.title)
    assert re.search("[一-鿿]", declared.grain)
    for column in declared.columns:
        assert re.search("[一-鿿]|ICD", column.title), column
        if column.type.startswith("decimal") and not column.name.endswith(("itude", "value")):
            assert column.unit, column


@pytest.mark.django_db
def test_a_wrong_declaration_is_told() -> None:
    with acting(SYSTEM):
        wrong_type = made("SELECT 1 AS n", Column("n", "text", "数"))
        assert list(checking.shape_problems(wrong_type)) == ["made.n is int4, declared is text"]
        wrong_scale = made("SELECT 1::numeric(8,1) AS n", Column("n", "decimal(8,2)", "数"))
        assert list(checking.shape_problems(wrong_scale)) == ["made.n is numeric(8,1), declared is decimal(8,2)"]
        other = made("SELECT 1 AS m", Column("n", "int", "数"))
        assert "returns ('m',)" in next(iter(checking.shape_problems(other)))


@pytest.mark.parametrize(
    "select",
    [
        "SELECT r.name FROM residents_resident r",
        "SELECT left(id_number::text, 4) AS x FROM residents_resident",
        "SELECT p.phone_index FROM (SELECT phone_index FROM residents_resident) p",
        "SELECT e.actor_name FROM cases_caseevent e",
        "SELECT * FROM places_grid",
    ],
)
def test_what_no_fact_may_read_is_refused(select: str) -> None:
    assert list(checking.personal_problems(made(select)))


def test_declarations_that_contradict_themselves_are_refused() -> None:
    said = {"title": "试", "grain": "一行", "source_room": "tests", "select": "SELECT 1"}
    with pytest.raises(TypeError, match="twice"):
        declare_fact("bad", columns=[Column("a", "int", "甲"), Column("a", "int", "甲")], **said)
    with pytest.raises(TypeError, match="unknown types"):
        declare_fact("bad", columns=[Column("a", "float", "甲")], **said)
    with pytest.raises(TypeError, match="time column"):
        declare_fact("bad", columns=[Column("a", "int", "甲")], time_column="a", **said)
    with pytest.raises(TypeError, match="day_of day column 'at'"):
        declare_fact("bad", columns=[Column("at", "date", "甲"), Column("day", "date", "乙", day_of="at")], **said)
    with pytest.raises(TypeError, match="declared by"):
        declare_fact("referral", columns=[Column("a", "int", "甲")], **said)
    with pytest.raises(NotFound, match="referral"):
        fact("bad")


@pytest.mark.parametrize(
    ("name", "internal", "precision", "scale", "expected"),
    [
        ("text", "varchar", None, None, True),
        ("int", "int8", None, None, False),
        ("bigint", "int8", None, None, True),
        ("decimal(12,3)", "numeric", 12, 3, True),
        ("decimal(12,3)", "numeric", None, None, False),
        ("list(text)", "_varchar", None, None, True),
        ("list(text)", "text", None, None, False),
        ("timestamp", "timestamp", None, None, False),
    ],
)
def test_types_fit(name: str, internal: str, precision: int | None, scale: int | None, expected: bool) -> None:
    assert types.fits(name, internal, precision, scale) is expected


def test_the_command_lists_and_shows() -> None:
    run = CliRunner().invoke
    assert {row["name"] for row in json.loads(run(command.app, ["list", "--json"]).stdout)} >= set(NAMES)
    shown = json.loads(run(command.app, ["show", "referral", "--json", "--sql"]).stdout)
    assert shown["time_column"] == "opened_at"
    assert "cases_caseevent" in shown["sql"]
    assert "## encounter" in run(command.app, ["dictionary"]).stdout
