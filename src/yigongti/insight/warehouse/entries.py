"""The derived facts in the data dictionary."""

from collections.abc import Iterator

from yigongti.kernel.facts.entries import Entry

from .derived import steps

STEPS = "insight.warehouse.derived"


def derived() -> Iterator[Entry]:
    """Every step of the chain, as the dictionary tells it."""
    for one in steps().values():
        yield Entry(
            name=one.name,
            title=one.title,
            grain=one.grain,
            source=f"{STEPS}.{one.name}",
            columns=one.columns,
            sql=one.select,
            meaning=one.meaning,
            time_column=one.columns[0].name,
            reads={name: back_in_words(back) for name, back in one.reads.items()},
            derived=True,
        )


def back_in_words(back: int | None) -> str:
    """How far a step looks back: 全部, 当月, 当月及此前 12 个月."""
    if back is None:
        return "全部"
    return f"当月及此前 {back} 个月" if back else "当月"
