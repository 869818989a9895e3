"""What is shared for a minute."""

from datetime import timedelta

from yigongti.kernel import clock
from yigongti.kernel.ui.sharing import MOST, forget, shared


def test_a_value_is_made_once_a_minute_for_each_key() -> None:
    made: list[str] = []

    def make() -> int:
        made.append("x")
        return len(made)

    first = shared(("a", 1), make)
    assert shared(("a", 1), make) is first
    assert shared(("a", 2), make).value == 2
    with clock.travelling(clock.now() + timedelta(seconds=61)):
        later = shared(("a", 1), make)
        assert later.value == 3
        assert later.as_of > first.as_of
        assert f"{clock.now():%M}" in later.words
    assert shared(("a", 1), make).value == 4
    forget()
    assert shared(("a", 1), make).value == 5


def test_what_is_kept_is_bounded() -> None:
    from yigongti.kernel.ui import sharing

    for n in range(3 * MOST):
        shared(n, lambda: n)  # noqa: B023
    assert len(sharing._kept) <= MOST
