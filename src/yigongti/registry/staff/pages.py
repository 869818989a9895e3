"""What people see of staff: the register and one person with the positions over time."""

from datetime import date
from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.columns import WhenColumn
from yigongti.kernel.ui.view import PageView
from yigongti.registry.asof import AsOf, AsOfFilter, DatedRegister, DatedTable
from yigongti.registry.history import history
from yigongti.registry.staff.models import Position, Practitioner


class StaffFilter(AsOfFilter):
    """By text, organisation and kind of post."""

    organization = django_filters.CharFilter(label="机构", field_name="organization__name", lookup_expr="contains")
    post = django_filters.CharFilter(label="岗位", lookup_expr="contains")
    kind = django_filters.ChoiceFilter(label="任用方式", choices=Position.Kind.choices, empty_label="全部")

    class Meta:
        model = Position
        fields = ("q", "organization", "post", "kind", "on")

    def search(self, rows: QuerySet[Position], name: str, value: str) -> QuerySet[Position]:
        """By the person's code, name or pinyin."""
        text = value.strip()
        spoken = Q(practitioner__pinyin__contains=text.lower()) if text.isascii() else Q()
        return rows.filter(Q(practitioner__code__istartswith=text) | Q(practitioner__name__contains=text) | spoken)

    def as_of(self, rows: Any, day: date) -> Any:
        """The posts held on the day."""
        return rows.on(day)


class Staff(DatedRegister):
    """The register of staff: one row for each post that is held."""

    class Table(DatedTable):
        """One post a row."""

        practitioner = tables.Column("姓名", order_by=("practitioner__pinyin",))
        code = tables.Column("工号", accessor="practitioner__code")
        organization = tables.Column("机构", order_by=("organization__code",))
        department = tables.Column("科室", orderable=False)
        post = tables.Column("岗位")
        title = tables.Column("职称", accessor="practitioner__title", orderable=False)
        kind = tables.Column("任用方式")
        start = WhenColumn(verbose_name="任职")

        def page_of(self, record: Position) -> str:
            """The person."""
            return record.practitioner.get_absolute_url()

    title, key, permission = "人员", "staff", Permission.REGISTRY_READ
    table_class, filterset_class = Table, StaffFilter
    template_name = "staff/staff.html"
    empty, empty_hint = "还没有人员", "点“登记人员”逐个登记，或用表格批量导入。"

    def queryset(self, actor: Actor) -> QuerySet[Position]:
        """All posts: colleagues may be looked up by everybody who works here."""
        return Position.objects.select_related("practitioner", "organization", "department").order_by(
            "organization__code", "practitioner__code"
        )

    def context(self, actor: Actor) -> dict[str, Any]:
        """What the actor may do here."""
        return {"may_register": actor.may(Permission.STAFF_EDIT)}


class PractitionerPage(PageView):
    """One person: positions on a day and over time."""

    title, permission, template_name = "人员信息", Permission.REGISTRY_READ, "staff/practitioner.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """The person with all positions, those of the day marked."""
        positions = Position.objects.select_related("organization", "department").order_by("-start")
        people = Practitioner.objects.prefetch_related(Prefetch("positions", positions))
        practitioner = get_object_or_404(people, pk=self.kwargs["pk"])
        asof = AsOf.of(self.request)
        places = {position.organization_id for position in practitioner.positions.all()}
        mine = places if actor.everything else places & actor.organizations(Permission.STAFF_EDIT)
        return {
            "title": practitioner.name,
            "crumbs": (("人员", "/staff/"), (practitioner.name, "")),
            "practitioner": practitioner,
            "asof": asof,
            "may_edit": bool(mine),
            "positions": [
                (one, one.holds(asof.day), one.organization_id in mine) for one in practitioner.positions.all()
            ],
            "history": history(practitioner, Position.objects.filter(practitioner=practitioner)),
        }
