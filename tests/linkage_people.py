"""Rows and models for the tests of linkage."""

from functools import cache
from pathlib import Path

import duckdb
from hypothesis import strategies as st

from yigongti.insight.simulator.registrations import TABLE, generate
from yigongti.kernel.policy.loading import load
from yigongti.records.linkage.batch import Linked, link
from yigongti.records.linkage.configuration import LinkageModel

POLICIES = Path(__file__).parents[1] / "policies" / "index"
NAMES = st.one_of(
    st.text("王李欧阳司马小明芳英子涵函轩", min_size=1, max_size=4),
    st.text("王小明?□ ·*(）", max_size=5),
    st.sampled_from(
        ["王小明", "王晓明", "王明", "王 小 明", "歐陽鋒", "欧阳锋", "阿卜杜拉·买买提", "wang xiaoming", "无", "", None]
    ),
)
DATES = st.one_of(
    st.dates().map(str),
    st.dates().map(lambda d: f"{d:%Y%m%d}"),
    st.sampled_from(
        ["1965年3月12日", "1965/3/12", "12/3/1965", "19650413", "19651203", "1965", "00000000", "不详", None]
    ),
)
NUMBERS = st.one_of(
    st.text("0123456789Xx", min_size=14, max_size=19),
    st.sampled_from(
        ["430121196503120012", "430121650312001", "43012119650312002X", "000000000000000000", " 4301 2119", None]
    ),
)
PHONES = st.one_of(
    st.text("0123456789-+ ", max_size=15), st.sampled_from(["13800138000", "+86 138-0013-8000", "11111111", None])
)
ADDRESSES = st.one_of(
    st.text("江永县红岩镇老屋村12号组３－ ", max_size=14),
    st.sampled_from(["江永县红岩镇老屋村2组38号", "红岩老屋2组38号", None]),
)
WORDS = st.one_of(st.text("abcde é-'Z9 王", max_size=8), st.sampled_from(["Smith", "smyth", "O'Brien", "null", None]))
BY_KIND = {
    "name-chinese": NAMES,
    "date": DATES,
    "sex": st.sampled_from(["男", "女", "1", "2", "M", "f", "?", None]),
    "id-number": NUMBERS,
    "phone": PHONES,
    "address": ADDRESSES,
    "identifier": st.one_of(NUMBERS, WORDS),
    "number": st.one_of(NUMBERS, WORDS),
    "email": st.sampled_from(["a@b.com", "A@b.com", "a@c.org", "anna@b.com", "none", None]),
}


def values(kind: str) -> st.SearchStrategy[str | None]:
    """What may stand in a column of a kind."""
    return BY_KIND.get(kind, WORDS)


def model(name: str = "residents", **changes: object) -> LinkageModel:
    """A shipped model, with changes."""
    found = load((POLICIES / f"{name}.yaml").read_text(encoding="utf-8"), name)
    assert isinstance(found, LinkageModel)
    return LinkageModel.model_validate({**found.model_dump(by_alias=True), **changes})


@cache
def county(rows: int = 6000) -> tuple[duckdb.DuckDBPyConnection, Linked]:
    """A generated county, linked by the model of the residents' index."""
    connection = duckdb.connect(config={"threads": 2})
    generate(connection, rows)
    tried = model(truth={"column": "person"}, training={"sample_pairs": 50_000})
    return connection, link(connection, [TABLE], tried)
