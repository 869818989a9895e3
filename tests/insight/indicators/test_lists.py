"""Conditions over columns that hold lists: what a referral asked for, which registers a resident is on."""

import pytest

from yigongti.insight.indicators.checking import problems
from yigongti.insight.indicators.definitions import Indicator, IndicatorSet
from yigongti.insight.indicators.dictionary import choices, declared, from_values
from yigongti.insight.indicators.explaining import condition_words
from yigongti.kernel.policy.closures import closure
from yigongti.kernel.policy.expressions import ExpressionRefused, parse

DICTIONARY = from_values(
    {
        "referral": {
            "time": "day",
            "key": "referral_id",
            "columns": {
                "referral_id": "text",
                "day": "date",
                "organization_id": "bigint",
                "state": "text",
                "privileges": {"type": "list(text)", "title": "优先", "choices": {"bed": "床位", "clinic": "门诊"}},
            },
        }
    }
)
FACT = DICTIONARY["referral"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("'bed' in privileges", "优先 含 床位"),
        ("'bed' not in privileges", "优先 不含 床位"),
        ("'exam' in privileges and state = 'closed'", "优先 含 “exam” 且 state 为 closed"),
        ("privileges is not null", "优先 已知"),
    ],
)
def test_a_list_is_asked_and_explained(text, words):
    assert condition_words(text, FACT) == words


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("privileges = 'bed'", "'bed' in privileges"),
        ("'bed' in (privileges)", "'bed' in privileges"),
        ("state in privileges", "'bed' in privileges"),
        ("'bed' in privilege", "privileges"),
        ("'bed' in state", "tier in"),
        ("coalesce(privileges, privileges) is null", "'bed' in privileges"),
        ("length(privileges) > 0", ""),
    ],
)
def test_what_is_no_question_to_a_list_is_refused_with_the_way_to_write_it(text, told):
    with pytest.raises(ExpressionRefused) as refused:
        parse(text, FACT.shape)
    assert told in f"{refused.value.message}{refused.value.allowed}"


@pytest.mark.parametrize(
    ("value", "expected"), [(None, None), ((), False), (("bed",), True), (("clinic", "exam"), False)]
)
def test_one_row_answers_as_the_engines_do(value, expected):
    asked = closure(parse("'bed' in privileges", FACT.shape).tree)
    assert asked({"privileges": value}) is expected


@pytest.mark.parametrize(
    "term", ["distinct privileges", "latest privileges", "sum case when 'bed' in privileges then 1 else 0 end"]
)
def test_nothing_is_counted_by_a_list(term):
    item = Indicator(indicator="1", name="指标", fact="referral", numerator=term)
    given = IndicatorSet.model_construct(policy="indicators/t", dimensions={}, strata={}, indicators=[item])
    assert [path for path, _, _ in problems(given, DICTIONARY)]


@pytest.mark.parametrize(
    ("meaning", "told"),
    [
        ("up 上转、down 下转", {"up": "上转", "down": "下转"}),
        ("clinic 门诊、exam 检查、bed 床位等", {"clinic": "门诊", "exam": "检查", "bed": "床位"}),
        ("GB/T 2261.1：1 男、2 女、0 未知", {"1": "男", "2": "女", "0": "未知"}),
        ("1 为主要诊断", {}),
        ("如 hypertension、diabetes；空文字：不属于任何专病", {}),
    ],
)
def test_what_a_meaning_lists_is_what_conditions_are_read_in(meaning, told):
    assert choices(meaning) == told


def test_a_condition_of_a_real_fact_is_read_in_chinese():
    told = condition_words("direction = 'up' and 'bed' in privileges", declared()["referral"])
    assert told == "方向 为 上转 且 优先 含 床位"
