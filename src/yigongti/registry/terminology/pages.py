"""What people see of terminology: concepts found by code, name or initials."""

from datetime import date
from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.columns import WhenColumn
from yigongti.kernel.ui.view import PageView
from yigongti.registry.asof import AsOfFilter, DatedRegister, DatedTable
from yigongti.registry.terminology.models import CodeSystem, Concept
from yigongti.registry.terminology.queries import matching

#: the first characters of a code that make its category (I10, 47.)
CATEGORY, NEAR = 3, 60


class ConceptFilter(AsOfFilter):
    """By text and code system."""

    system = django_filters.ModelChoiceFilter(
        label="代码系统", queryset=CodeSystem.objects.order_by("code"), empty_label="全部"
    )

    class Meta:
        model = Concept
        fields = ("q", "system", "on")

    def search(self, rows: QuerySet[Concept], name: str, value: str) -> QuerySet[Concept]:
        """By the beginning of the code, part of the name, or pinyin initials; the nearest first."""
        return matching(rows, value)

    def as_of(self, rows: Any, day: date) -> Any:
        """The concepts offered on the day."""
        return rows.filter(Q(retired_on__isnull=True) | Q(retired_on__gt=day))


class Concepts(DatedRegister):
    """The register of concepts."""

    class Table(DatedTable):
        """One concept a row."""

        name = tables.Column("名称", orderable=False)
        code = tables.Column("代码")
        system = tables.Column("代码系统", orderable=False)
        parent_code = tables.Column("上级代码", orderable=False)
        retired_on = WhenColumn(verbose_name="停用", orderable=False)

    title, key, permission = "术语", "concepts", Permission.REGISTRY_READ
    table_class, filterset_class = Table, ConceptFilter
    template_name = "terminology/concepts.html"
    empty, empty_hint = "还没有术语", "信息科用命令 yigongti terminology import 装入国家代码表，或用表格导入。"

    def queryset(self, actor: Actor) -> QuerySet[Concept]:
        """All concepts."""
        return Concept.objects.select_related("system")

    def context(self, actor: Actor) -> dict[str, Any]:
        """What the actor may do here."""
        return {"may_edit": actor.may(Permission.TERMINOLOGY_EDIT)}


class ConceptPage(PageView):
    """One concept with those below it."""

    title, permission, template_name = "术语信息", Permission.REGISTRY_READ, "terminology/concept.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """The concept, its neighbours in the list."""
        concept = get_object_or_404(Concept.objects.select_related("system"), pk=self.kwargs["pk"])
        stem = concept.code[:CATEGORY]
        near = Concept.objects.filter(system=concept.system, code__startswith=stem).exclude(pk=concept.pk)
        return {
            "title": concept.name,
            "crumbs": (("术语", "/terminology/"), (concept.code, "")),
            "concept": concept,
            "near": near.order_by("code")[:NEAR],
            "may_edit": actor.may(Permission.TERMINOLOGY_EDIT),
        }
