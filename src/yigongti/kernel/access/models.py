"""Users, grants and logins."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Func, Q, Value
from oauth2_provider.models import AbstractApplication

from yigongti.config import configuration
from yigongti.kernel import clock
from yigongti.kernel.audit.triggers import audited

from .actor import Actor, GrantedRole
from .roles import Role


def granted(on: Any) -> models.expressions.RawSQL:
    """The grants in force on a day of the row of ``access_user``: role, organisation, everything it covers."""
    return models.expressions.RawSQL(
        """(SELECT coalesce(jsonb_agg(jsonb_build_array(g.role, g.organization_id,
               CASE WHEN g.subtree THEN organizations_below(g.organization_id, %s)
                    ELSE ARRAY[g.organization_id] END)
               ORDER BY g.id), '[]') FROM access_grant g
            WHERE g.user_id = access_user.id AND g.start <= %s AND (g.until IS NULL OR g.until > %s))""",
        [on] * 3,
        output_field=models.JSONField(),
    )


class UserManager(BaseUserManager["User"]):
    """Creates users; passwords follow the rules of the settings."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=username)

    def with_grants(self, on: Any = None) -> models.QuerySet["User"]:
        """Users with their grants in force, in the same single statement."""
        return self.annotate(granted=granted(on or clock.today()))


class User(AbstractBaseUser):  # type: ignore[django-manager-missing]  # of AbstractApplication
    """A person (or a system) that logs in."""

    username = models.CharField("账号", max_length=64, unique=True)
    name = models.CharField("姓名", max_length=64)
    email = models.EmailField("电子邮箱", blank=True)
    is_active = models.BooleanField("启用", default=True)
    date_joined = models.DateTimeField("建立时间", default=clock.now)
    resident_id = models.UUIDField("本人档案", null=True, blank=True, unique=True)
    must_change_password = models.BooleanField("下次登录改密", default=False)
    password_changed_at = models.DateTimeField("改密时间", default=clock.now)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        verbose_name = verbose_name_plural = "账号"
        triggers = [audited(without=["password", "last_login"])]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    def set_password(self, raw_password: str | None) -> None:
        """Set a password and note when."""
        super().set_password(raw_password)
        self.password_changed_at = clock.now()

    @property
    def password_is_due(self) -> bool:
        """Must the password be changed before anything else: it was set by someone else, or it is too old?"""
        days = configuration().password_days
        return self.must_change_password or bool(days and self.password_changed_at < clock.now() - timedelta(days=days))

    @property
    def is_system(self) -> bool:
        """A system calls the API with tokens; it cannot log in."""
        return not self.has_usable_password()

    def actor(
        self, organization_id: int | None = None, purpose: str = "", scopes: frozenset[str] | None = None
    ) -> Actor:
        """This user as an actor at ``organization_id`` (one of the granted ones; default: the first).

        ``purpose`` is by default that of the role held there.
        """
        granted = self.__dict__.get("granted")
        if granted is None:
            granted = type(self).objects.with_grants().get(pk=self.pk).granted  # type: ignore[attr-defined]
        grants = tuple(
            GrantedRole(role, home, frozenset(reach)) for role, home, reach in granted if role in Role.registry
        )
        homes = [grant.organization_id for grant in grants]
        here = organization_id if organization_id in homes else next(iter(homes), None)
        there = next((grant for grant in grants if grant.organization_id == here), None)
        purpose = purpose or (there.definition.purpose if there else "其他")
        return Actor(self.pk, self.name, here, grants, purpose, self.resident_id, scopes=scopes)


class Grant(models.Model):
    """A role given to a user at an organisation, with or without everything below it, from a day until a day."""

    user = models.ForeignKey(User, models.CASCADE, related_name="grants", verbose_name="账号")
    role = models.CharField("角色", max_length=32)
    organization = models.ForeignKey("organizations.Organization", models.PROTECT, verbose_name="机构")
    subtree = models.BooleanField("含下属机构", default=False)
    start = models.DateField("起", default=clock.today)
    until = models.DateField("止（不含）", null=True, blank=True)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="授权人")

    class Meta:
        verbose_name = verbose_name_plural = "授权"
        triggers = [audited()]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("start")), name="grant_period_in_order"
            ),
            ExclusionConstraint(
                name="grant_once_at_a_time",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("organization", RangeOperators.EQUAL),
                    (
                        Func(F("start"), F("until"), Value("[)"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role}@{self.organization_id}"

    @property
    def definition(self) -> type[Role]:
        return Role.registry[self.role]


class Application(AbstractApplication):
    """A system that calls the API with tokens; ``user`` is its technical account, ``scopes`` what it may ask for."""

    scopes = ArrayField(models.CharField(max_length=32), default=list, verbose_name="范围")
    secret_changed_at = models.DateTimeField("密钥更换时间", default=clock.now)

    class Meta(AbstractApplication.Meta):
        verbose_name = verbose_name_plural = "接入系统"
        triggers = [audited(without=["client_secret"])]


class Session(AbstractBaseSession):
    """A login: whose, since when, from where. ``session_key`` is the digest of the key in the cookie."""

    user = models.ForeignKey(
        User, models.CASCADE, null=True, db_constraint=False, related_name="+", verbose_name="账号"
    )
    started_at = models.DateTimeField("登录时间", null=True)
    seen_at = models.DateTimeField("最近使用")
    address = models.CharField("网络地址", max_length=45, blank=True)
    browser = models.CharField("浏览器", max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "登录会话"

    def touch(self, seen_at: datetime, ends_at: datetime) -> None:
        """The login is in use: move its end."""
        type(self).objects.filter(pk=self.pk).update(seen_at=seen_at, expire_date=ends_at)
