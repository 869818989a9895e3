"""The desk of the pharmacist: what members lack, and what each of them supplies. No names of residents."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse

from yigongti.care.referral import shortages
from yigongti.care.referral.pages.shortages import register
from yigongti.care.referral.statistics import percent
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.ui.figures import Figure
from yigongti.medicine.catalogue.models import Drug, Formulary, Supply
from yigongti.medicine.catalogue.queries import formularies, members, with_coverage
from yigongti.registry.periods import holding

from .cards import Card, Cell

#: drugs that the fewest members supply
FEWEST = 8


def desk(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """Shortages with one click each, then the formulary by member, then what few members have."""
    found, mine = shortages.shortages(actor), list(formularies(actor))
    return {
        "figures": list(figures(actor, found, mine)),
        "registers": [register(request, found, url=request.path)],
        "cards": [card for one in mine for card in (coverage_card(one), fewest_card(one))],
    }


def figures(actor: Actor, found: list[shortages.Shortage], mine: list[Formulary]) -> Iterable[Figure]:
    """What is in the formulary, what is lacking where, and how much of what came down was outside."""
    drugs = Drug.objects.on().filter(formulary__in=mine)
    counts = drugs.aggregate(all=Count("pk"), essential=Count("pk", filter=Q(essential=True)))
    register_url, shortage_url = reverse("catalogue:drugs"), reverse("referral:shortages")
    outside, checked = shortages.share(actor)
    yield Figure(label="目录品种", value=counts["all"], unit="种", href=register_url)
    yield Figure(
        label="国家基药占目录",
        value=percent(counts["essential"], counts["all"]),
        unit="%",
        numerator=counts["essential"],
        denominator=counts["all"],
        href=f"{register_url}?essential=true",
    )
    yield Figure(
        label="待处理缺药",
        value=len(found),
        unit="项",
        href=shortage_url,
        tone="danger" if found else "calm",
        note=f"{len({one.organization_id for one in found})} 家单位",
    )
    yield Figure(
        label=f"近 {shortages.SPAN.days} 天下转用药目录外",
        value=percent(outside, checked),
        unit="%",
        numerator=outside,
        denominator=checked,
        href=shortage_url,
    )


def coverage_card(formulary: Formulary) -> Card:
    """What each member supplies of the formulary."""
    every = Drug.objects.on().filter(formulary=formulary)
    total, essential = every.count(), every.filter(essential=True).count()
    supplied = Supply.objects.on().filter(holding(start="drug__start", until="drug__until"), drug__formulary=formulary)
    rows = supplied.order_by().values("organization_id")
    counts = {
        row["organization_id"]: row
        for row in rows.annotate(all=Count("pk"), essential=Count("pk", filter=Q(drug__essential=True)))
    }
    nothing = {"all": 0, "essential": 0}
    return Card(
        title=f"各成员配备：{formulary.name}",
        heads=("成员", "配备品种", "占目录", "国家基药"),
        numbers=frozenset({1, 2, 3}),
        rows=[
            (
                Cell(member),
                Cell(there["all"], url=f"{reverse('catalogue:drugs')}?at={member.pk}"),
                Cell(f"{percent(there['all'], total) or 0}%（{there['all']}/{total}）"),
                Cell(f"{percent(there['essential'], essential) or 0}%（{there['essential']}/{essential}）"),
            )
            for member in members(formulary)
            for there in [counts.get(member.pk, nothing)]
        ],
        url=reverse("catalogue:drugs"),
        more="用药目录",
        empty="医共体还没有成员单位。",
    )


def fewest_card(formulary: Formulary) -> Card:
    """The drugs that the fewest members supply."""
    rows = with_coverage(Drug.objects.on().filter(formulary=formulary)).order_by("suppliers", "-essential", "name")
    return Card(
        title="配备单位最少的药",
        heads=("药品", "类别", "配备"),
        numbers=frozenset({2}),
        rows=[
            (
                Cell(str(drug), url=drug.get_absolute_url(), note="国家基药" if drug.essential else ""),
                Cell(drug.category),
                Cell(f"{drug.suppliers} 家"),
            )
            for drug in rows[:FEWEST]
        ],
        url=reverse("catalogue:drugs"),
        more="用药目录",
        empty="目录里还没有药品，由药师新增或用表格导入。",
    )
