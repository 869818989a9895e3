"""Every rule set under ``policies/`` answers its table of cases; every rule is fired by one of them."""

from pathlib import Path

import pytest

import yigongti.care.referral.findings  # noqa: F401 - registers the shape
from yigongti.kernel.policy.cases import cases, fired
from yigongti.kernel.policy.handbook import COMMAND, pages
from yigongti.kernel.policy.rules import Rules
from yigongti.kernel.policy.store import folder, read_folder

EDITIONS, PROBLEMS = read_folder(folder())
RULE_SETS = {edition.name: edition.body for edition in EDITIONS if isinstance(edition.body, Rules)}
DOCUMENTS = Path(__file__).parents[2] / "docs" / "policies"
TABLE = [(name, case) for name in RULE_SETS for case in cases(name)]


def test_every_policy_file_is_valid():
    assert PROBLEMS == []


@pytest.mark.parametrize(("name", "case"), TABLE, ids=[f"{name}: {case.name}" for name, case in TABLE])
def test_case(name, case):
    assert fired(RULE_SETS[name], case.row) == case.fires


@pytest.mark.parametrize("name", RULE_SETS)
def test_every_rule_has_a_case(name):
    covered = {rule for case in cases(name) for rule in case.fires}
    assert [rule.id for rule in RULE_SETS[name].rules if rule.id not in covered] == []


def test_the_documentation_is_up_to_date():
    written = {path.name: path.read_text(encoding="utf-8") for path in DOCUMENTS.glob("*.md")}
    assert written == dict(pages(EDITIONS)), f"run: {COMMAND}"
