"""What people see of consortia: the register, one consortium as of a day, its picture."""

from datetime import date
from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.shortcuts import get_object_or_404

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.columns import NumberColumn, TagColumn, WhenColumn
from yigongti.kernel.ui.view import PageView
from yigongti.registry.asof import AsOf, AsOfFilter, DatedRegister, DatedTable
from yigongti.registry.consortia.models import Consortium, Membership, SharedCentre
from yigongti.registry.consortia.picture import drawn, picture
from yigongti.registry.consortia.queries import assistance_for, centres, lead_of, members
from yigongti.registry.history import history
from yigongti.registry.periods import holding

TOP = ("医共体", "/consortia/")


class ConsortiumFilter(AsOfFilter):
    """By text, kind and tightness."""

    kind = django_filters.ChoiceFilter(label="组建形式", choices=Consortium.Kind.choices, empty_label="全部")
    tightness = django_filters.ChoiceFilter(label="紧密程度", choices=Consortium.Tightness.choices, empty_label="全部")

    class Meta:
        model = Consortium
        fields = ("q", "kind", "tightness", "on")

    def search(self, rows: QuerySet[Consortium], name: str, value: str) -> QuerySet[Consortium]:
        """By the beginning of the code, part of the name, or a member."""
        text = value.strip()
        member = Q(memberships__organization__name__contains=text) & holding(
            start="memberships__start", until="memberships__until"
        )
        return rows.filter(Q(code__istartswith=text) | Q(name__contains=text) | member).distinct()

    def as_of(self, rows: Any, day: date) -> Any:
        """Those in force on the day, with their lead and number of members then."""
        lead = Membership.objects.filter(consortium=OuterRef("pk"), role=Membership.Role.LEAD).on(day)
        counted = Count(
            "memberships", filter=holding(day, start="memberships__start", until="memberships__until"), distinct=True
        )
        return rows.on(day).annotate(lead=Subquery(lead.values("organization__name")[:1]), members=counted)


class Consortia(DatedRegister):
    """The register of consortia."""

    class Table(DatedTable):
        """One consortium a row."""

        name = tables.Column("名称")
        kind = tables.Column("组建形式")
        tightness = TagColumn(verbose_name="紧密程度", tones={"tight": "accent"})
        lead = tables.Column("牵头单位", orderable=False)
        members = NumberColumn(verbose_name="成员", unit="家")
        speciality = tables.Column("专科", orderable=False)
        start = WhenColumn(verbose_name="成立")

    title, key, permission = "医共体", "consortia", Permission.REGISTRY_READ
    table_class, filterset_class = Table, ConsortiumFilter
    template_name = "consortia/consortia.html"
    empty, empty_hint = "还没有医共体", "由牵头单位或卫生健康行政部门成立；成员可用表格批量导入。"

    def queryset(self, actor: Actor) -> QuerySet[Consortium]:
        """All consortia."""
        return Consortium.objects.all()

    def context(self, actor: Actor) -> dict[str, Any]:
        """What the actor may do here."""
        return {"may_found": actor.may(Permission.CONSORTIUM_EDIT)}


class ConsortiumPage(PageView):
    """One consortium as of a day."""

    title, permission, template_name = "医共体信息", Permission.REGISTRY_READ, "consortia/consortium.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """The consortium with members, centres, assistance and picture of the day."""
        consortium = get_object_or_404(Consortium, pk=self.kwargs["pk"])
        asof = AsOf.of(self.request)
        lead = lead_of(consortium, asof.day)
        drawing = picture(consortium, asof.day)
        return {
            "title": consortium.name,
            "crumbs": (TOP, (consortium.name, "")),
            "consortium": consortium,
            "asof": asof,
            "lead_hospital": lead,
            "may_edit": lead is not None and actor.may(Permission.CONSORTIUM_EDIT, lead.pk),
            "members": list(members(consortium, asof.day)),
            "left": consortium.memberships.filter(until__lte=asof.day)
            .select_related("organization")
            .order_by("-until"),
            "coming": consortium.memberships.filter(start__gt=asof.day).select_related("organization"),
            "centres": centres(consortium, asof.day),
            "assistance": assistance_for(consortium, asof.day),
            "drawing": drawing,
            "villages": drawing.count("village"),
            "picture": drawn(drawing, f"{consortium.name}成员图", asof),
            "history": history(*self._subjects(consortium)),
        }

    @staticmethod
    def _subjects(consortium: Consortium) -> tuple[Any, ...]:
        return (
            consortium,
            Membership.objects.filter(consortium=consortium),
            SharedCentre.objects.filter(consortium=consortium),
        )


class PicturePage(ConsortiumPage):
    """The picture alone, to print."""

    template_name = "consortia/picture.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """The picture."""
        context = super().context(actor)
        page = (context["title"], context["consortium"].get_absolute_url())
        return {**context, "crumbs": (TOP, page, ("成员图", ""))}
