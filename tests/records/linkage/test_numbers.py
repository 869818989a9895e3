"""The identification number as SQL is judged as by ``residents.identity``, value by value."""

from datetime import date

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yigongti.kernel import clock
from yigongti.kernel.errors import Invalid
from yigongti.records.linkage import numbers
from yigongti.records.residents import id_areas, identity
from yigongti.records.residents.normal_forms import identity_digits

DAYS = st.dates(date(1840, 1, 1), date(2040, 12, 31))
VALID = st.builds(
    lambda born, sex, area, order: str(identity.generate(born, sex, area, order)),
    DAYS,
    st.sampled_from(["1", "2"]),
    st.sampled_from(["431127", "110101", "820000", "990101", "431199"]),
    st.integers(0, 499),
)


@st.composite
def broken(draw: st.DrawFn) -> str:
    """A number with a character changed, lost or added, two swapped, or in another typing."""
    text = draw(VALID)
    at = draw(st.integers(0, 17))
    how = draw(st.sampled_from(["none", "change", "lose", "add", "swap", "fifteen", "spaced", "lower", "wide"]))
    return {
        "none": text,
        "change": text[:at] + draw(st.sampled_from("0123456789Xx王")) + text[at + 1 :],
        "lose": text[:at] + text[at + 1 :],
        "add": text[:at] + draw(st.sampled_from("0123456789")) + text[at:],
        "swap": text[: at - 1] + text[at : at + 1] + text[at - 1 : at] + text[at + 1 :] if at else text,
        "fifteen": text[:6] + text[8:17],
        "spaced": f" {text[:6]} {text[6:14]}-{text[14:]}",
        "lower": text.lower(),
        "wide": text.translate(str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")),
    }[how]


@pytest.fixture(scope="module")
def duck():
    with duckdb.connect() as connection:
        yield connection


@given(st.lists(st.one_of(broken(), st.text("0123456789X", max_size=19)), min_size=100, max_size=200))
@settings(max_examples=25, deadline=None)
def test_any_number_is_judged_the_same(duck, texts):
    known = id_areas.area_codes(identity_areas())
    duck.execute("CREATE OR REPLACE TABLE given AS SELECT unnest($1::VARCHAR[]) AS text", [texts])
    duck.execute("CREATE OR REPLACE TABLE areas AS SELECT unnest($1::VARCHAR[]) AS code", [sorted(known)])
    query = numbers.judged("text", "given", f"date '{clock.today()}'", "areas" if known else "")
    rows = duck.execute(f"SELECT text, number, problem, birth_date, sex FROM ({query})").fetchall()
    assert len(rows) == len(texts)
    for text, number, problem, born, sex in rows:
        parsed = judged(text)
        assert (problem is None) == (parsed is not None), text
        assert (born, sex) == ((parsed.birth_date, parsed.sex) if parsed else (None, None))
        assert parsed is None or number == str(parsed)


def judged(text: str) -> identity.IdentityNumber | None:
    """The number, or None when it is refused."""
    try:
        return identity.parse(text)
    except Invalid:
        return None


def identity_areas():
    """The folder of area codes, as ``residents.identity`` uses it."""
    from yigongti.config import configuration

    return configuration().data_dir


def test_the_reason_is_the_first_that_is_found(duck):
    cases = {
        "": "empty", "4311": "length", "43112719800618457王": "digits", "991127198006184579": "area",
        "431127198013184579": "birth", "431127198002304579": "birth", "431127198006184571": "check",
    }  # fmt: skip
    for text, reason in cases.items():
        [(found,)] = duck.execute(f"SELECT {numbers.problem('$1')}".replace("$1", f"'{text}'")).fetchall()
        assert found == reason
    assert set(numbers.REASONS) == set(cases.values())
    assert identity_digits("") == ""
