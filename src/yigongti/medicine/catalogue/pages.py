"""What people see of the formulary: the register with its coverage, and one drug with who supplies it."""

from datetime import date
from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.columns import NumberColumn, WhenColumn, tag
from yigongti.kernel.ui.view import PageView
from yigongti.registry.asof import AsOf, AsOfFilter, DatedRegister, DatedTable
from yigongti.registry.history import history
from yigongti.registry.organizations.models import Organization

from .forms import TOP
from .models import Drug, Supply
from .queries import formularies, matching, members, offered, with_coverage
from .services import may_keep


def _houses(request: HttpRequest | None) -> QuerySet[Organization]:
    """The members of the formularies within reach."""
    actor: Actor | None = getattr(request, "actor", None)
    reached = formularies(actor) if actor else []
    wanted = {pk for one in reached for pk in members(one).values_list("pk", flat=True)}
    return Organization.objects.filter(pk__in=wanted).order_by("tier", "code")


class DrugFilter(AsOfFilter):
    """By text, member, class, and whether it is an essential medicine."""

    at = django_filters.ModelChoiceFilter(label="配备单位", queryset=_houses, method="supplied", empty_label="全部")
    category = django_filters.CharFilter(label="类别", lookup_expr="contains")
    essential = django_filters.ChoiceFilter(
        label="国家基药", choices=(("true", "是"), ("false", "否")), method="by_essential", empty_label="全部"
    )

    class Meta:
        model = Drug
        fields = ("q", "at", "category", "essential", "on")

    def search(self, rows: QuerySet[Drug], name: str, value: str) -> QuerySet[Drug]:
        """By name, other name, pinyin, class or code."""
        return matching(rows, value)

    def supplied(self, rows: QuerySet[Drug], name: str, value: Organization) -> QuerySet[Drug]:
        """Those that a member can supply."""
        return rows.filter(pk__in=offered(value.pk, self.day).values("pk"))

    def by_essential(self, rows: QuerySet[Drug], name: str, value: str) -> QuerySet[Drug]:
        """Essential medicines, or the others."""
        return rows.filter(essential=value == "true")

    def as_of(self, rows: Any, day: date) -> Any:
        """Those in force on the day, each with how many supplied it then."""
        return with_coverage(rows.on(day), day)


class Drugs(DatedRegister):
    """The register of drugs."""

    class Table(DatedTable):
        """One drug a row."""

        name = tables.Column("通用名")
        specification = tables.Column("规格", orderable=False)
        dosage_form = tables.Column("剂型")
        category = tables.Column("类别")
        essential = tables.Column("基药")
        suppliers = NumberColumn(verbose_name="配备单位", unit="家")
        atc = tables.Column("ATC")
        national_code = tables.Column("国家药品编码", orderable=False)
        start = WhenColumn(verbose_name="生效")

        def render_essential(self, value: bool) -> Any:
            """A word for what is one."""
            return tag("国家基药", "accent") if value else ""

        def value_essential(self, value: bool) -> str:
            """For the spreadsheet."""
            return "是" if value else "否"

        def row_tone(self, record: Any) -> str:
            """A drug that nobody supplies stands out."""
            return "" if record.suppliers else "warn"

    title, key, permission = "用药目录", "drugs", Permission.FORMULARY_READ
    table_class, filterset_class = Table, DrugFilter
    template_name = "catalogue/drugs.html"
    empty, empty_hint = "目录里还没有药品", "由药师逐个新增，或用表格批量导入。"

    def queryset(self, actor: Actor) -> QuerySet[Drug]:
        """The drugs of the formularies within reach."""
        return Drug.objects.filter(formulary__in=formularies(actor))

    def context(self, actor: Actor) -> dict[str, Any]:
        """What the actor may do here."""
        reached = list(formularies(actor))
        return {
            "lead": "；".join(one.name for one in reached),
            "may_add": any(may_keep(actor, one) for one in reached),
            "may_import": actor.may(Permission.FORMULARY_EDIT),
        }


class DrugPage(PageView):
    """One drug as of a day: what it is, who supplies it and who does not."""

    title, permission, template_name = "药品", Permission.FORMULARY_READ, "catalogue/drug.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """The drug, each member with its supply, and what happened."""
        rows = Drug.objects.filter(formulary__in=formularies(actor)).select_related("formulary__consortium")
        drug = get_object_or_404(rows, pk=self.kwargs["pk"])
        asof = AsOf.of(self.request)
        there = {supply.organization_id: supply for supply in drug.supplies.on(asof.day)}
        keeps = may_keep(actor, drug.formulary)
        listed = [
            (member, there.get(member.pk), keeps or actor.may(Permission.FORMULARY_EDIT, member.pk))
            for member in members(drug.formulary, asof.day)
        ]
        same = Drug.objects.filter(formulary=drug.formulary, category=drug.category).on(asof.day).exclude(pk=drug.pk)
        return {
            "title": drug.name,
            "crumbs": (TOP, (drug.name, "")),
            "drug": drug,
            "asof": asof,
            "members": listed,
            "supplied": sum(supply is not None for _, supply, _ in listed),
            "same": with_coverage(same, asof.day).order_by("-essential", "name") if drug.category else [],
            "may_edit": keeps,
            "holds": drug.holds(),
            "history": history(drug, Supply.objects.filter(drug=drug)),
        }
