"""What people see of organisations: the register, one organisation as of a day, what each level is there for."""

from datetime import date
from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.shortcuts import get_object_or_404

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.columns import NumberColumn, TagColumn, WhenColumn
from yigongti.kernel.ui.view import PageView
from yigongti.registry.asof import AsOf, AsOfFilter, DatedRegister, DatedTable
from yigongti.registry.consortia.models import Assistance, Membership, SharedCentre
from yigongti.registry.history import history
from yigongti.registry.organizations.models import CareFunction, Department, Organization
from yigongti.registry.organizations.queries import departments_open, functions_of
from yigongti.registry.places.models import Grid
from yigongti.registry.staff.queries import staff_of

TIER_TONES = {"county": "accent", "city": "accent", "authority": "warn"}


class OrganizationFilter(AsOfFilter):
    """By text, level, and whether it uses the platform."""

    tier = django_filters.ChoiceFilter(label="层级", choices=Organization.Tier.choices, empty_label="全部")

    class Meta:
        model = Organization
        fields = ("q", "tier", "on")

    def search(self, rows: QuerySet[Organization], name: str, value: str) -> QuerySet[Organization]:
        """By the beginning of the code, or part of name or pinyin."""
        text = value.strip()
        spoken = Q(pinyin__contains=text.lower()) if text.isascii() else Q()
        return rows.filter(Q(code__istartswith=text) | Q(name__contains=text) | Q(short_name__contains=text) | spoken)

    def as_of(self, rows: Any, day: date) -> Any:
        """Those open on the day, each with the consortium it belongs to then."""
        mine = Membership.objects.filter(organization=OuterRef("pk")).on(day).order_by("start")
        return rows.on(day).annotate(consortium=Subquery(mine.values("consortium__name")[:1]))


class Organizations(DatedRegister):
    """The register of organisations."""

    class Table(DatedTable):
        """One organisation a row."""

        name = tables.Column("名称")
        code = tables.Column("机构代码")
        tier = TagColumn(verbose_name="层级", tones=TIER_TONES)
        institution_class = tables.Column("类别", orderable=False)
        part_of = tables.Column("上级机构", orderable=False)
        consortium = tables.Column("医共体", orderable=False)
        beds = NumberColumn(verbose_name="床位", unit="张")
        phone = tables.Column("电话", orderable=False)

    title, key, permission = "机构", "organizations", Permission.REGISTRY_READ
    table_class, filterset_class = Table, OrganizationFilter
    template_name = "organizations/organizations.html"
    empty, empty_hint = "还没有机构", "点“新增机构”逐个登记，或用表格批量导入。"

    def queryset(self, actor: Actor) -> QuerySet[Organization]:
        """All organisations: the register is open to everybody who works here."""
        return Organization.objects.select_related("part_of")

    def context(self, actor: Actor) -> dict[str, Any]:
        """What the actor may do here."""
        return {"may_open": actor.may(Permission.ORGANIZATION_EDIT)}


class OrganizationPage(PageView):
    """One organisation as of a day, with everything that hangs on it."""

    title, permission, template_name = "机构信息", Permission.REGISTRY_READ, "organizations/organization.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """The organisation and its rows of the day."""
        organization = get_object_or_404(Organization.objects.select_related("part_of"), pk=self.kwargs["pk"])
        asof = AsOf.of(self.request)
        memberships = organization.memberships.on(asof.day).select_related("consortium")
        helping = Assistance.objects.filter(Q(helper=organization) | Q(helped=organization)).on(asof.day)
        grids = Grid.objects.filter(Q(centre=organization) | Q(station=organization)).on(asof.day)
        return {
            "title": organization.name,
            "crumbs": (("机构", "/organizations/"), (str(organization), "")),
            "organization": organization,
            "asof": asof,
            "may_edit": actor.may(Permission.ORGANIZATION_EDIT, organization.pk),
            "may_staff": actor.may(Permission.STAFF_EDIT, organization.pk),
            "may_place": actor.may(Permission.PLACE_EDIT, organization.pk),
            "departments": departments_open(organization, asof.day),
            "staff": staff_of(organization, asof.day),
            "memberships": memberships,
            "centres": SharedCentre.objects.filter(organization=organization).on(asof.day).select_related("consortium"),
            "helping": helping.select_related("helper", "helped"),
            "grids": grids.select_related("area", "centre", "station"),
            "functions": functions_of(organization, asof.day),
            "children": organization.children.on(asof.day),
            "history": history(*self._subjects(organization)),
        }

    @staticmethod
    def _subjects(organization: Organization) -> tuple[Any, ...]:
        return (
            organization,
            Department.objects.filter(organization=organization),
            Membership.objects.filter(organization=organization),
            CareFunction.objects.filter(organization=organization),
        )


class FunctionFilter(AsOfFilter):
    """By level and kind."""

    tier = django_filters.ChoiceFilter(label="层级", choices=Organization.Tier.choices, empty_label="全部")
    kind = django_filters.ChoiceFilter(label="类别", choices=CareFunction.Kind.choices, empty_label="全部")

    class Meta:
        model = CareFunction
        fields = ("q", "tier", "kind", "on")

    def search(self, rows: QuerySet[CareFunction], name: str, value: str) -> QuerySet[CareFunction]:
        """By the beginning of the code or part of the name."""
        return rows.filter(Q(code__istartswith=value.strip()) | Q(name__contains=value.strip()))


class Functions(DatedRegister):
    """What each level, and single organisations, are there for."""

    class Table(DatedTable):
        """One disease or service a row."""

        name = tables.Column("病种或服务")
        code = tables.Column("代码")
        tier = TagColumn(verbose_name="层级", tones=TIER_TONES)
        organization = tables.Column("机构", default="整个层级", orderable=False)
        extent = TagColumn(verbose_name="职责", tones={"treat": "accent", "refer": "warn"})
        source = tables.Column("依据", orderable=False)
        start = WhenColumn(verbose_name="起")

        def page_of(self, record: Any) -> str | None:
            """To the organisation that has it."""
            return record.organization.get_absolute_url() if record.organization else None

    title, key, permission = "功能定位", "functions", Permission.REGISTRY_READ
    table_class, filterset_class = Table, FunctionFilter
    template_name = "organizations/functions.html"
    empty, empty_hint = "还没有功能定位", "由卫生健康行政部门按层级规定，成员单位可有自己的定位。"

    def queryset(self, actor: Actor) -> QuerySet[CareFunction]:
        """All functions."""
        return CareFunction.objects.select_related("organization")

    def context(self, actor: Actor) -> dict[str, Any]:
        """What the actor may do here."""
        return {
            "lead": "各级机构能治什么、做什么；双向转诊按此推荐去向。",
            "may_assign": actor.may(Permission.ORGANIZATION_EDIT),
        }
