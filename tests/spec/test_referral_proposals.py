"""What the criteria together propose for one person: every suggestion, the most urgent first; up before down."""

import json
from datetime import date
from random import Random

import duckdb
import pytest

from yigongti.care.referral.criteria import criteria, propose, propose_many
from yigongti.care.referral.findings import FINDING
from yigongti.kernel.errors import Invalid, NotFound
from yigongti.kernel.policy.shapes import SQL_TYPES

DAY = date(2026, 6, 1)
STABLE = {"diagnosis_clear": True, "plan_settled": True, "condition_stable": True, "complications_stable": True}

# finding → the proposal: policy#rule, direction, urgency, level
TABLE = {
    "危急血压": ({"sbp": 182, "tier": "township"}, "hypertension#crisis-value up red county"),
    "卒中早于血压危急": (
        {"sbp": 190, "limb_paralysis": True, "onset_hours": 2, "tier": "village"},
        "stroke#thrombolysis-window up red county",
    ),
    "稳定的病人可以下转": (
        {"tier": "county", "has_hypertension": True, **STABLE},
        "down#hypertension-county down green township",
    ),
    "上转与下转同时触发，上转在前": (
        {"tier": "county", "has_hypertension": True, "complex_case": True, **STABLE},
        "general-up#complex up yellow city",
    ),
    "血压控制不佳与血糖危急，血糖在前": (
        {"has_hypertension": True, "bp_poor_control_visits": 2, "has_diabetes": True, "fasting_glucose": 17.0},
        "diabetes#crisis-glucose up red county",
    ),
    "孕妇血压 142 按规范为紧急": (
        {"pregnant": True, "sbp": 142, "tier": "township"},
        "hypertension#crisis-pregnant up red county",
    ),
    "同为黄色按条目先后": (
        {"has_hypertension": True, "new_complication": True, "bp_poor_control_visits": 3},
        "hypertension#new-damage up yellow county",
    ),
    "村里需检查的病人转到乡镇": (
        {"tier": "village", "diagnosis_unclear": True},
        "general-up#diagnosis-unclear up green township",
    ),
    "层级不明时按乡镇处理": ({"beyond_scope": True}, "general-up#beyond-scope up yellow county"),
}


@pytest.mark.parametrize(("finding", "expected"), TABLE.values(), ids=TABLE)
def test_the_first_suggestion(finding, expected):
    first = propose(finding, on=DAY)[0]
    policy = first.policy.removeprefix("referral/")
    assert f"{policy}#{first.rule} {first.direction} {first.urgency} {first.level}" == expected


def test_a_suggestion_carries_everything_needed_to_show_and_reproduce_it():
    first = propose({"sbp": 182, "dbp": 100, "tier": "township"}, on=DAY)[0]
    assert first.name == "血压危急：收缩压≥180 和（或）舒张压≥110 mmHg"
    assert (first.department, first.follow_up_days) == ("心血管内科", 14)
    assert first.source.mark == "S"
    assert first.source.document == "国家基本公共卫生服务规范（第三版）"
    assert (first.policy, first.version, len(first.hash)) == ("referral/hypertension", "2026.1", 64)
    assert [(one.label, one.value, one.unit) for one in first.evidence] == [
        ("收缩压", 182, "mmHg"),
        ("舒张压", 100, "mmHg"),
    ]


def test_nothing_known_proposes_nothing():
    assert propose({}, on=DAY) == []


def test_a_wrong_value_or_column_is_refused():
    with pytest.raises(Invalid, match="收缩压不能是 'abc'"):
        propose({"sbp": "abc"}, on=DAY)
    with pytest.raises(NotFound, match="您是否要写 sbp"):
        propose({"spb": 180}, on=DAY)


def test_limits_of_entry_catch_slips():
    assert FINDING.implausible({"sbp": 900, "dbp": 80}) == {"sbp": "收缩压 900 mmHg 超出可录入范围 50–300，请核对"}
    assert FINDING.implausible({"sbp": 300, "sex": "female"}) == {}
    assert "没有 x 这一项" in FINDING.implausible({"sex": "x"})["sex"]


def some_value(column, dice):
    """A value of the column; more often than not it is unknown."""
    if dice.random() < 0.7:
        return None
    if column.type == "boolean":
        return dice.random() < 0.4
    return dice.choice(list(column.choices)) if column.choices else dice.randint(int(column.low), int(column.high))


def test_one_row_and_many_rows_agree(tmp_path):
    dice = Random(7)
    findings = [{name: some_value(column, dice) for name, column in FINDING.columns.items()} for _ in range(1000)]
    proposed = {number: propose(finding, on=DAY) for number, finding in enumerate(findings)}
    expected = [
        (number, [f"{one.policy}#{one.rule}" for one in suggestions])
        for number, suggestions in proposed.items()
        if suggestions
    ]
    assert len({rule for _, fired in expected for rule in fired}) > 85, "most of the 96 rules fire somewhere"
    file = tmp_path / "findings.json"
    file.write_text("\n".join(json.dumps({"person": number} | finding) for number, finding in enumerate(findings)))
    types = {"person": "INTEGER"} | {name: SQL_TYPES[column.family] for name, column in FINDING.columns.items()}
    with duckdb.connect() as connection:
        found = (
            propose_many(connection.read_json(str(file), columns=types), ["person"], on=DAY).order("person").fetchall()
        )
    assert found == expected


def test_compiled_once():
    assert criteria(on=DAY) is criteria(on=DAY)
