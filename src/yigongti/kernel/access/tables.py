"""The registers of accounts and systems."""

from typing import Any

import django_filters
import django_tables2 as tables
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf
from django.urls import reverse

from yigongti.kernel.ui.columns import TagColumn, WhenColumn
from yigongti.kernel.ui.register import RegisterTable

from .models import Application, User
from .roles import Role
from .services import assignable

#: the name people use
PLACE = Coalesce(NullIf("grants__organization__short_name", Value("")), "grants__organization__name")
IN_USE = {True: "启用", False: "停用"}
TONES = {True: "calm", False: "danger"}


def with_roles(users: QuerySet[User]) -> QuerySet[User]:
    """Accounts with the roles that they ever had, and where."""
    return users.annotate(
        roles=ArrayAgg("grants__role", distinct=True, default=[]),
        places=ArrayAgg(PLACE, distinct=True, default=[]),
    ).order_by("username")


class AccountTable(RegisterTable):
    """Accounts: who, in which roles, since when unused."""

    username = tables.Column("账号")
    name = tables.Column("姓名", orderable=False)
    roles = tables.Column("角色", orderable=False)
    places = tables.Column("机构", orderable=False)
    is_active = TagColumn(verbose_name="状态", labels=IN_USE, tones=TONES, orderable=False)
    last_login = WhenColumn(verbose_name="最近登录", orderable=False)

    def render_roles(self, value: list[str]) -> str:
        """Titles instead of codes."""
        return "、".join(Role.registry[code].title for code in value if code in Role.registry)

    def render_places(self, value: list[str]) -> str:
        """Names, separated as in Chinese."""
        return "、".join(name for name in value if name)

    def row_url(self, record: Any) -> str:
        """The account."""
        return reverse("access:account", args=[record.pk])

    def row_tone(self, record: Any) -> str:
        """A disabled account is pale, not alarming."""
        return ""


class AccountFilter(django_filters.FilterSet):
    """Find an account by name, role or state."""

    q = django_filters.CharFilter(label="账号或姓名", method="named")
    role = django_filters.ChoiceFilter(label="角色", method="in_role", choices=[])
    is_active = django_filters.ChoiceFilter(label="状态", choices=[(True, "启用"), (False, "停用")])

    class Meta:
        model = User
        fields = ("q", "role", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["role"].extra["choices"] = [(role.code, role.title) for role in assignable()]

    def named(self, rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """The word stands in the account or in the person's name."""
        return rows.filter(Q(username__icontains=value) | Q(name__icontains=value))

    def in_role(self, rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """The account has, or had, the role."""
        return rows.filter(pk__in=User.objects.filter(grants__role=value).values("pk"))


class ApplicationTable(RegisterTable):
    """Systems that call the API."""

    name = tables.Column("系统", orderable=False)
    client_id = tables.Column("client_id", orderable=False)
    scopes = tables.Column("范围", orderable=False)
    active = TagColumn(accessor="user__is_active", verbose_name="状态", labels=IN_USE, tones=TONES, orderable=False)
    secret_changed_at = WhenColumn(verbose_name="密钥更换", orderable=False)

    class Meta:
        model = Application
        fields = ("name", "client_id", "scopes", "active", "secret_changed_at")

    def render_scopes(self, value: list[str]) -> str:
        """Codes, as the system's people know them."""
        return "、".join(value)

    def row_url(self, record: Any) -> str:
        """The system."""
        return reverse("access:application", args=[record.pk])
