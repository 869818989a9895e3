"""Policies of the exchange and of the index read as sentences: no name of a field of the file, no empty line."""

import pytest

from yigongti.kernel.policy.kinds import Policy
from yigongti.kernel.policy.outline import KINDS, outline
from yigongti.kernel.policy.store import Store, folder
from yigongti.records.health_record.targets import TARGETS

DESCRIBED = ("mapping", "units", "quality", "extract", "linkage-model")
#: names of the files' own fields, which the general description would tell
FIELDS = ("ignore_case", "otherwise", "sample_pairs", "aggregate", "entries", "generalise", "em_blocking")


def shipped() -> list[Policy]:
    return [edition.body for edition in Store(folder()).editions() if edition.body.kind in DESCRIBED]


@pytest.mark.parametrize("body", shipped(), ids=lambda body: body.policy)
def test_a_policy_is_told_in_words(body: Policy) -> None:
    lines = list(outline(body))
    assert lines
    assert len({line.key for line in lines}) == len(lines)
    assert KINDS[body.kind] != body.kind
    for line in lines:
        assert line.name
        assert line.condition or line.consequence
        told = f"{line.name} {line.condition} {line.consequence} {line.note}"
        assert not [field for field in FIELDS if field in told], told
        assert "。。" not in told


def test_a_mapping_says_what_it_reads_and_writes() -> None:
    [body] = [one for one in shipped() if one.policy == "exchange/hl7-v2"]
    lines = {line.key: line for line in outline(body)}
    assert lines["reads.messages"].consequence == "HL7 v2 消息"
    assert lines["codes.system"].consequence == "LN → loinc、LOINC → loinc；其余不转换"
    assert lines["writes.0"].name == f"写入{TARGETS['patient'].title}"
    assert lines["writes.1"].note == "已经知道的人不改"


def test_units_and_models_are_told() -> None:
    lines = {line.key: line for body in shipped() for line in outline(body)}
    assert lines["conversions.0"].consequence == "数值 × 0.05551，记作 mmol/L"
    assert "自动归入" in lines["thresholds"].consequence
