"""Facts brought up to date, indicators computed, results stored: one run, alone, safe to begin again."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from time import perf_counter

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction

from yigongti.insight.indicators import sets
from yigongti.insight.indicators.dictionary import Dictionary, declared
from yigongti.insight.indicators.engines.duckdb import DuckEngine
from yigongti.insight.indicators.engines.keeping import Keeper
from yigongti.insight.indicators.engines.sources import FactSource
from yigongti.insight.indicators.planning import Sought
from yigongti.insight.indicators.results import digest
from yigongti.insight.indicators.running import run as answer
from yigongti.insight.warehouse import reading
from yigongti.insight.warehouse.derived.chain import YEARS
from yigongti.insight.warehouse.shelf import Shelf, Snapshot, between, changes
from yigongti.insight.warehouse.syncing import sync
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.errors import NotFound

from . import units
from .causes import causes, reached
from .due import Portion, portions
from .models import Measure, Run
from .storing import know, store

Tell = Callable[[str, int, int], None]
STATES = "states"
"""The folder of kept states on the shelf."""


@dataclass(frozen=True)
class Bench:
    """What a run works with: ``sought`` is every indicator, of which a portion asks for some."""

    shelf: Shelf
    snapshot: Snapshot
    dictionary: Dictionary
    sources: Mapping[str, FactSource]
    hierarchy: pa.Table
    sought: Sequence[Sought]
    keeper: Keeper | None


def refresh(shelf: Shelf, *, everything: bool = False, tell: Tell | None = None) -> Run | None:
    """Read what changed, compute what depends on it and store it; None when nothing had changed.

    ``everything`` computes all years of all indicators again from the facts, without kept states: the answer must be
    the same. Two runs never overlap.
    """
    say = tell or (lambda stage, done, of: None)
    sync(shelf, tell=lambda stage, done, of: say(f"读入{stage}", done, of))
    with shelf.held():
        # another run may have read and computed while this one waited: never back to what it had read itself
        return recompute(shelf, reading.standing(shelf), everything=everything, tell=say)


def recompute(shelf: Shelf, snapshot: Snapshot, *, everything: bool, tell: Tell) -> Run | None:
    """Compute from a snapshot what differs from the run before, and store it in one transaction."""
    began = perf_counter()
    with transaction.atomic(), acting(SYSTEM):
        last = Run.objects.order_by("-at", "-pk").first()
        editions = sets.in_force()
        sought = [one for one in sets.sought(editions) if one.item.kind == "computed"]
        known = set(_known(sought))
        changed = know(sought, {name: one.hash for name, one in editions.items()})
        before = None if last is None or everything else _standing(shelf, last.snapshot)
        moved = changes(before, snapshot.facts)
        bench = _bench(shelf, snapshot, sought, None if everything else Keeper(shelf.root / STATES))
        sought = list(bench.sought)
        years = tuple(range(clock.today().year - YEARS, clock.today().year + 1))
        reach = partial(reached, shelf, [one for one in (before, snapshot) if one])
        anew = set(_codes(sought)) if before is None else changed
        due = list(portions(sought, anew, moved, bench.dictionary, years, reach))
        if not due and last is not None:
            return None
        why = causes(shelf, before, snapshot, moved, bench.dictionary) if before else {}
        told = {
            "facts": why,
            "definitions": sorted(changed & known),
            "units": bool(moved.get("hierarchy")) and bool(last),
        }
        run = Run.objects.create(snapshot=snapshot.id, before=last.snapshot if last else "", causes=told)
        _fill(run, due, bench, published=known - changed if before else known, tell=tell)
        if bench.keeper:
            bench.keeper.sweep()
        run.years = sorted({year for portion in due for year in portion.years})
        run.seconds = round(perf_counter() - began, 2)
        run.save()
        return run


def _fill(run: Run, due: list[Portion], bench: Bench, *, published: Iterable[str], tell: Tell) -> None:
    """Compute each portion and store it; the run's digest is over all of them."""
    units.name(_units(bench.hierarchy))
    digests = []
    for index, portion in enumerate(due):
        tell("计算指标", index, len(due))
        table = computed(portion, bench)
        digests.append(digest(table))
        store(run, table, _codes(portion.sought), portion.years, published=published)
    run.digest = digests[0] if len(digests) == 1 else "-".join(one[:15] for one in digests)[:64]


def computed(portion: Portion, bench: Bench) -> pa.Table:
    """The results of a portion: of its years only, though growth read more.

    The passes are planned for all indicators, whoever asks: so their states are the same from run to run, are kept
    beside the snapshots, and only months whose files changed are read again.
    """
    today = clock.today().replace(day=1)
    months = list(between(date(portion.read[0], 1, 1), min(date(portion.read[-1], 12, 1), today)))
    codes = _codes(portion.sought)
    with DuckEngine(keeper=bench.keeper) as engine:
        outcome = answer(bench.sought, bench.dictionary, bench.sources, engine, bench.hierarchy, months, codes=codes)
    if portion.read == portion.years:
        return outcome.table
    wanted = pa.array([str(year) for year in portion.years])
    periods = outcome.table["period"].cast(pa.string())
    return outcome.table.filter(pc.is_in(pc.utf8_slice_codeunits(periods, 0, 4), wanted))


def _bench(shelf: Shelf, snapshot: Snapshot, sought: Iterable[Sought], keeper: Keeper | None) -> Bench:
    dictionary = declared()
    sources = reading.sources(shelf, snapshot, dictionary)
    readable = [one for one in sought if sets.readable(one, sources)]
    return Bench(shelf, snapshot, dictionary, sources, reading.hierarchy(shelf, snapshot), readable, keeper)


def _standing(shelf: Shelf, name: str) -> Snapshot | None:
    try:
        return shelf.snapshot(name)
    except NotFound:
        return None


def _known(sought: Iterable[Sought]) -> Iterable[str]:
    return Measure.objects.filter(code__in=_codes(sought)).values_list("code", flat=True)


def _codes(sought: Iterable[Sought]) -> list[str]:
    return [one.code for one in sought]


def _units(hierarchy: pa.Table) -> set[tuple[str, str]]:
    told = hierarchy.group_by(["level", "unit"]).aggregate([])
    return set(zip(told["level"].to_pylist(), told["unit"].to_pylist(), strict=True))
