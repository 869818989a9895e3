"""Builds the demonstration community: ``yigongti demo`` calls :func:`build` once, on an empty database.

Each stage is one transaction that ends with its row in :class:`.models.BuildStage`. A build that was broken off
continues with the stage after the last finished one, for the same day; a finished build is left alone.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from functools import cached_property
from random import Random
from typing import Any

from django.db import connection, transaction

from yigongti.config import configuration
from yigongti.insight.simulator import accounts as logins
from yigongti.insight.simulator import (
    bulk,
    community,
    formulary,
    identities,
    people,
    play,
    population,
    record,
    regions,
    returns,
    turns,
    yearly,
)
from yigongti.insight.simulator import cohort as sources
from yigongti.insight.simulator.casting import Casting, Patient
from yigongti.insight.simulator.models import BuildStage
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.errors import Conflict
from yigongti.records.residents.models import Resident
from yigongti.registry.organizations.models import Organization
from yigongti.registry.terminology import loading as terminology

Progress = Callable[[str, int, int], None]
"""Told the title of a stage (Chinese), how much of it is done and how much there is."""
LOCK = 7_031_127
ENOUGH = 2000
"""Residents from whom the whole history of referrals can be cast; fewer play a part of it."""


@dataclass
class DemoSummary:
    """What stands after a build: counts by kind, seconds by stage, accounts; ``built`` names the stages just run."""

    anchor: date
    counts: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    built: list[str] = field(default_factory=list)
    accounts: list[dict[str, Any]] = field(default_factory=list)


class Build:
    """One build: what the stages share, made when first asked for."""

    def __init__(self, today: date, progress: Progress) -> None:
        self.today, self.progress = today, progress

    @cached_property
    def towns(self) -> list[regions.Town]:
        return regions.towns(configuration().data_dir)

    @cached_property
    def community(self) -> community.Community:
        return community.load(self.towns)

    @cached_property
    def staff(self) -> people.Staff:
        found = people.load(self.community)
        found.left.add(turns.turn(self.community, found, self.today).left.practitioner.pk)
        return found

    @cached_property
    def turn(self) -> turns.Turn:
        return turns.turn(self.community, self.staff, self.today)

    @cached_property
    def cohort(self) -> sources.Cohort:
        return sources.read(configuration().data_dir, self.today)

    def organizations(self) -> dict[str, Any]:
        """Areas, institutions, branches, clinics, grids."""
        built = community.build(self.towns, self.today)
        self.__dict__["community"] = built
        return {
            "towns": len(self.towns),
            "villages": len(built.services),
            "organizations": len(built.organizations) + len(built.services),
            "departments": len(built.departments),
        }

    def people(self) -> dict[str, Any]:
        """Staff with accounts."""
        built = people.build(self.community, self.today)
        self.__dict__["staff"] = built
        turns.leave(self.turn)
        built.left.add(self.turn.left.practitioner.pk)
        return {"staff": len(built.members)}

    def residents(self) -> dict[str, Any]:
        """The cohort with invented identities."""
        loads = {name: asdict(load) for name, load in self.cohort.loads.items()}
        return {"origin": self.cohort.origin, "loads": loads} | population.build(
            self.cohort, self.community, self.staff, self.today
        )

    def records(self) -> dict[str, Any]:
        """Visits, measurements, diagnoses."""
        if not self.cohort.database.sql("FROM duckdb_tables() WHERE table_name = 'placed'").fetchall():
            found = list(population.invent(self.cohort, self.community, self.staff, self.today))
            population.place(self.cohort, found)
        return record.build(self.cohort, self.community, self.staff, self.turn)

    def referrals(self) -> dict[str, Any]:
        """Months of referrals, played through the services."""
        title = next(stage.title for stage in STAGES if stage.name == "referrals")
        chance = Random(play.SEED)  # noqa: S311
        with acting(SYSTEM):
            cast = Casting(self.community, self.staff, chance, self.today)
            resident = logins.demo_resident(self.community)
            share = min(1.0, Resident.objects.count() / ENOUGH)
            stories = play.written(cast, Patient(resident.pk, resident.area_id or ""), clock.now(), share)
        taken = play.play(stories, clock.now(), lambda done, total: self.progress(title, done, total))
        play.forget_old_news(clock.now() - timedelta(days=1))
        return {"steps": dict(taken)}

    def formulary(self) -> dict[str, Any]:
        """The unified formulary, with what each branch supplies."""
        return formulary.build(self.community)

    def identities(self) -> dict[str, Any]:
        """What two systems say of the people; some of it is a question for the review desk."""
        tied = identities.build(self.community.lead)
        return {"identities": tied.identities, "identity_questions": tied.review}

    def reports(self) -> dict[str, Any]:
        """What was reported of the last two years and quarters, played through the services."""
        yearly.play(self.community, self.staff)
        return {"reports": dict(returns.play(self.community, self.staff))}

    def terminology(self) -> dict[str, Any]:
        """The shipped code lists; the national ones where the data sets have them."""
        loaded = terminology.load_starter(SYSTEM)
        folder = configuration().data_dir
        if folder and (folder / "chs-drg" / "chs_drg_11").is_dir():
            loaded |= terminology.load_national(SYSTEM, folder / "chs-drg")
        return {"concepts": {name: load.read for name, load in loaded.items()}}

    def accounts(self) -> dict[str, Any]:
        """Names people can remember for the accounts of the demonstration, the resident's own, and one for a system."""
        listed = logins.build(self.community, self.staff)
        return {"accounts": len(listed)}


@dataclass(frozen=True)
class Stage:
    """A stage: its name in the table, its title for people, what it runs."""

    name: str
    title: str
    run: Callable[[Build], dict[str, Any]]
    #: whether the machine does it; else the stage names who acts at each step
    by_machine: bool = True


STAGES = (
    Stage("organizations", "建立机构、网格和医共体", Build.organizations),
    Stage("terminology", "装入疾病和手术代码", Build.terminology),
    Stage("people", "配备人员和账号", Build.people),
    Stage("residents", "登记居民", Build.residents),
    Stage("records", "装入健康档案", Build.records),
    Stage("formulary", "建立统一用药目录", Build.formulary),
    Stage("referrals", "演练近半年的转诊", Build.referrals, by_machine=False),
    Stage("identities", "接收来源系统的人员", Build.identities),
    Stage("reports", "填报上两个年度和季度的指标", Build.reports, by_machine=False),
    Stage("accounts", "准备演示账号", Build.accounts),
)


def unfinished() -> bool:
    """Whether :func:`build` has something to do: an empty database, or a build that was broken off."""
    with acting(SYSTEM):
        finished = set(BuildStage.objects.values_list("name", flat=True))
        if not finished:
            return not Organization.objects.exists()
        return not finished.issuperset(stage.name for stage in STAGES)


def accounts() -> list[dict[str, Any]]:
    """The accounts of the demonstration, as the login page shows them."""
    return logins.listed()


def build(progress: Progress | None = None) -> DemoSummary:
    """Build what is missing. Raises :class:`Conflict` in production and on a database with organisations of its own."""
    if configuration().mode == "production":
        raise Conflict("正式环境不能生成演示数据", hint="用 yigongti demo 启动单独的演示环境")
    progress = progress or (lambda *_: None)
    with _one_at_a_time():
        summary = _begun()
        running = Build(summary.anchor, progress)
        for stage in STAGES:
            if stage.name not in summary.seconds:
                _run(stage, running, summary)
    summary.accounts = accounts()
    return summary


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two builds at once wait for each other; the second then finds nothing to do."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        if connection.connection and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _begun() -> DemoSummary:
    with acting(SYSTEM):
        rows = list(BuildStage.objects.order_by("finished_at"))
        if not rows and Organization.objects.exists():
            raise Conflict("数据库里已有机构，不能在上面生成演示数据", hint="用 YIGONGTI_HOME 指定一个新目录")
    summary = DemoSummary(rows[0].anchor if rows else clock.today())
    for row in rows:
        summary.counts |= row.counts
        summary.seconds[row.name] = row.seconds
    return summary


def _run(stage: Stage, running: Build, summary: DemoSummary) -> None:
    """One stage in one transaction, with its row."""
    running.progress(stage.title, 0, 1)
    started = time.monotonic()
    with transaction.atomic():
        bulk.prepare()
        with acting(SYSTEM) if stage.by_machine else nullcontext():
            counts = stage.run(running)
        seconds = round(time.monotonic() - started, 2)
        BuildStage.objects.create(
            name=stage.name, anchor=summary.anchor, counts=counts, seconds=seconds, finished_at=clock.now()
        )
    summary.counts |= counts
    summary.seconds[stage.name] = seconds
    summary.built.append(stage.name)
    running.progress(stage.title, 1, 1)
