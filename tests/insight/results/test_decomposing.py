"""The parts of a change add up to the change."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from yigongti.insight.results.decomposing import decompose

HUNDRED = Fraction(100)


def test_a_change_of_the_mix_alone_is_told_as_mix() -> None:
    """Both towns stay as they were, but the weaker one has more patients now."""
    before = {"strong": (Decimal(80), Decimal(100)), "weak": (Decimal(20), Decimal(100))}
    now = {"strong": (Decimal(80), Decimal(100)), "weak": (Decimal(60), Decimal(300))}
    found = decompose(before, now, ((Decimal(100), Decimal(200)), (Decimal(140), Decimal(400))), HUNDRED)
    assert found is not None
    assert found.change == Decimal("-15")
    assert found.within == 0
    assert found.mix == Decimal("-15")


def test_a_change_within_is_told_as_within() -> None:
    before = {"a": (Decimal(10), Decimal(100)), "b": (Decimal(10), Decimal(100))}
    now = {"a": (Decimal(30), Decimal(100)), "b": (Decimal(10), Decimal(100))}
    found = decompose(before, now, ((Decimal(20), Decimal(200)), (Decimal(40), Decimal(200))), HUNDRED)
    assert found is not None
    assert [(e.key, e.within, e.mix) for e in found.effects] == [
        ("a", Decimal(10), Decimal(0)),
        ("b", Decimal(0), Decimal(0)),
    ]


def test_without_a_value_there_is_nothing_to_decompose() -> None:
    assert decompose({}, {}, ((None, None), (Decimal(1), Decimal(2))), HUNDRED) is None


counts = st.tuples(st.integers(0, 500), st.integers(1, 500)).map(lambda p: (Decimal(min(p)), Decimal(p[1])))


@given(st.dictionaries(st.sampled_from("abcdef"), st.tuples(counts, counts), min_size=1))
def test_the_effects_add_up(groups: dict[str, tuple[tuple[Decimal, Decimal], tuple[Decimal, Decimal]]]) -> None:
    before, now = {k: v[0] for k, v in groups.items()}, {k: v[1] for k, v in groups.items()}
    whole = tuple((sum(n for n, _ in side.values()), sum(d for _, d in side.values())) for side in (before, now))
    found = decompose(before, now, whole, HUNDRED)  # type: ignore[arg-type]
    assert found is not None
    assert abs(found.remainder) < Decimal("0.0001")
