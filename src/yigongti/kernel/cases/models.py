"""Cases and what happened to them."""

from functools import cached_property
from typing import Any, ClassVar, Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from yigongti.kernel import clock
from yigongti.kernel.audit.triggers import append_only, audited
from yigongti.kernel.prepared import Write

from .declaration import State, Workflow
from .keys import new_id


class Priority(models.TextChoices):
    """Urgency of a case."""

    RED = "red", "红（危急）"
    YELLOW = "yellow", "黄（优先）"
    GREEN = "green", "绿（常规）"


class Case(models.Model):
    """Something that passes from hand to hand: state, who owes the next step, until when.

    ``version`` counts the steps that people took (an alarm does not make an open page stale), ``happened`` all events.
    ``parties`` are the organisations that may see it: row-level security reads this column.
    """

    objects: ClassVar[models.Manager[Self]]

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField("编号", max_length=32, unique=True)
    workflow = models.CharField("流程", max_length=32)
    state = models.CharField("状态", max_length=32)
    version = models.PositiveIntegerField("版本", default=1)
    happened = models.PositiveIntegerField("步骤数", default=0)
    last_key = models.UUIDField("最近请求", null=True)
    priority = models.CharField("紧急程度", max_length=8, choices=Priority.choices, default=Priority.GREEN)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, null=True, verbose_name="居民")
    home_organization = models.ForeignKey(
        "organizations.Organization", models.PROTECT, related_name="+", verbose_name="发起机构"
    )
    counterpart_organization = models.ForeignKey(
        "organizations.Organization", models.PROTECT, null=True, related_name="+", verbose_name="对方机构"
    )
    parties = ArrayField(models.BigIntegerField(), default=list, verbose_name="可见机构")
    owner_organization = models.ForeignKey(
        "organizations.Organization", models.PROTECT, null=True, related_name="+", verbose_name="待办机构"
    )
    owner_permission = models.CharField("待办岗位", max_length=32, blank=True, default="")
    owner_user = models.ForeignKey("access.User", models.PROTECT, null=True, related_name="+", verbose_name="经办人")
    opened_at = models.DateTimeField("发起时间")
    entered_at = models.DateTimeField("进入本状态时间")
    due_at = models.DateTimeField("时限", null=True)
    next_alarm_at = models.DateTimeField("下次提醒", null=True)
    alarms = models.PositiveSmallIntegerField("已提醒次数", default=0)
    clock_left = models.DurationField("暂停时剩余", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)

    class Meta:
        abstract = True
        triggers = [audited(resident="resident_id")]
        constraints = [
            # an open case has exactly one owner of the next step, a closed one has none
            models.CheckConstraint(
                name="%(class)s_open_is_owned",
                condition=Q(closed_at__isnull=True, owner_organization__isnull=False) & ~Q(owner_permission="")
                | Q(
                    closed_at__isnull=False,
                    owner_organization__isnull=True,
                    owner_permission="",
                    due_at__isnull=True,
                    next_alarm_at__isnull=True,
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["owner_organization", "owner_permission", "due_at"],
                condition=Q(closed_at__isnull=True),
                name="%(class)s_work",
            ),
            models.Index(fields=["next_alarm_at"], condition=Q(next_alarm_at__isnull=False), name="%(class)s_alarm"),
            models.Index(fields=["resident", "-opened_at"], name="%(class)s_resident"),
            GinIndex(fields=["parties"], name="%(class)s_parties"),
        ]

    def __str__(self) -> str:
        return self.number

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not kwargs.get("update_fields"):
            self.parties = self.concerned()
        super().save(*args, **kwargs)

    @cached_property
    def besides(self) -> list[Write]:
        """What the effect of a step writes besides the case: one statement with the event and the case itself."""
        return []

    @property
    def flow(self) -> type[Workflow]:
        return Workflow.registry[self.workflow]

    @property
    def state_now(self) -> State:
        return self.flow.states[self.state]

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def is_overdue(self) -> bool:
        return self.due_at is not None and self.due_at < clock.now()

    def concerned(self) -> list[int]:
        """The organisations that see the case, ascending. Rooms add theirs."""
        sides = {self.home_organization_id, self.counterpart_organization_id, *self.parties}
        return sorted(side for side in sides if side)


class CaseEvent(models.Model):
    """One step of one case, append-only: what happened, from where to where, who, where, when, why.

    It is the outbox too: inserting it tells the house ``<workflow>.<step>``. ``key`` makes a repeated request harmless.
    ``due_at`` is the deadline of the step that was open after it, so that lateness can be told from the events alone.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workflow = models.CharField("流程", max_length=32)
    case_id = models.UUIDField("事项")
    sequence = models.PositiveIntegerField("序号")
    step = models.CharField("步骤", max_length=32)
    from_state = models.CharField("原状态", max_length=32, blank=True)
    to_state = models.CharField("新状态", max_length=32)
    actor_id = models.BigIntegerField("经办人", null=True)
    actor_name = models.CharField("经办人姓名", max_length=64)
    organization_id = models.BigIntegerField("经办机构", null=True)
    at = models.DateTimeField("时间")
    due_at = models.DateTimeField("此后的时限", null=True)
    recorded_at = models.DateTimeField("记录时间", auto_now_add=True)
    note = models.TextField("说明", blank=True)
    data = models.JSONField("内容", default=dict)
    key = models.UUIDField("请求标识", null=True, unique=True)
    parties = ArrayField(models.BigIntegerField(), default=list)
    resident_id = models.UUIDField("居民", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "事项步骤"
        constraints = [models.UniqueConstraint(fields=["case_id", "sequence"], name="caseevent_sequence")]
        indexes = [models.Index(fields=["workflow", "step", "-at"], name="caseevent_step")]
        triggers = [
            append_only(),
            pgtrigger.Trigger(
                name="outbox",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func="""
                    INSERT INTO events_outbox (name, payload, at, consumer, attempts, next_at, error)
                    VALUES (NEW.workflow || '.' || NEW.step,
                            jsonb_build_object('event', NEW.id, 'case', NEW.case_id, 'workflow', NEW.workflow,
                                               'resident', NEW.resident_id),
                            NEW.at, '', 0, clock_timestamp(), '');
                    RETURN NULL;
                """,
            ),
        ]
