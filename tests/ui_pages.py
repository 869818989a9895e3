"""Pages for tests of the kit: a register of organisations, a form over them, and views that fail."""

from typing import Annotated, Any

import django_filters
import django_tables2 as tables
from django.http import HttpRequest, HttpResponse
from django.urls import path
from pydantic import BaseModel, Field

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Conflict, Invalid
from yigongti.kernel.ui.columns import TagColumn, WhenColumn
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.fields import ChoicesFrom
from yigongti.kernel.ui.register import RegisterTable, RegisterView
from yigongti.registry.organizations.models import Organization
from yigongti.site.urls import (  # noqa: F401
    handler400,
    handler403,
    handler404,
    handler500,
)
from yigongti.site.urls import urlpatterns as product


class OrganizationTable(RegisterTable):
    """Organisations as a register shows them."""

    name = tables.Column("名称")
    code = tables.Column("代码")
    tier = TagColumn(verbose_name="层级", tones={"county": "accent"})
    opened_on = WhenColumn(verbose_name="设立", orderable=False)

    def row_url(self, record: Any) -> str:
        return f"/one/{record.pk}/"


class OrganizationFilter(django_filters.FilterSet):
    """By part of the name, or by tier."""

    name = django_filters.CharFilter(label="名称", lookup_expr="icontains")
    tier = django_filters.ChoiceFilter(label="层级", choices=Organization.Tier.choices)


class Organizations(RegisterView):
    """All organisations."""

    title, key, permission = "机构", "test-organizations", Permission.REGISTRY_READ
    table_class, filterset_class = OrganizationTable, OrganizationFilter
    empty, empty_hint = "还没有机构", "由管理员登记"

    def queryset(self, actor: Any) -> Any:
        return Organization.objects.all()


class Renaming(BaseModel):
    """What a new name needs."""

    organization: Annotated[int, ChoicesFrom("organizations")] = Field(title="机构")
    name: str = Field(title="新名称", min_length=2, max_length=20)


class Rename(CommandView):
    """A command that refuses one name."""

    title, schema, permission, done = "更名", Renaming, Permission.REGISTRY_READ, "已更名"

    def choices(self, actor: Any) -> Any:
        return {"organizations": Organization.objects.values_list("pk", "name")}

    def run(self, actor: Any, data: Any, *, key: str, version: int | None) -> str:
        if data.name == "重名":
            raise Conflict("已有机构叫“重名”", hint="请换一个名称", field="name")
        if data.name == "无处":
            raise Invalid("现在不能更名")
        return f"/one/{data.organization}/?key={key}&version={version}"


def refusing(request: HttpRequest) -> HttpResponse:
    """Always refuses."""
    raise Conflict("这份转诊已由县人民医院接收", hint="请刷新后查看")


def failing(request: HttpRequest) -> HttpResponse:
    """Always fails, with a secret at hand."""
    secret = "431127196001013617"
    raise ValueError(secret)


urlpatterns = [
    path("organizations/", Organizations.as_view()),
    path("rename/", Rename.as_view()),
    path("refusing/", refusing),
    path("api/refusing/", refusing),
    path("failing/", failing),
    *product,
]
