"""What every row of the record carries: whose it is, where it comes from, which version it is."""

from typing import Any, Self

from django.db import models
from django.db.models import Q

from yigongti.kernel import clock
from yigongti.kernel.audit.triggers import audited
from yigongti.kernel.cases.keys import new_id
from yigongti.records.residents.models import Resident, SourceIdentity
from yigongti.registry.organizations.models import Organization
from yigongti.registry.staff.models import Practitioner

WITHOUT = ["content", "content_hash"]
"""Columns that the audit leaves out."""


class EntryQuerySet(models.QuerySet[Any]):
    """Rows of the record."""

    def in_force(self) -> Self:
        """Neither corrected nor declared void."""
        return self.filter(replaced_by=None, voided_reason="")


class Entry(models.Model):
    """What every row of the record carries.

    A row that was received keeps its ``source`` (the code of a :class:`SourceSystem`; empty: written here by hand), its
    key there, the ``identity`` under which that system knows the person, when it was received and the digest of what
    was received. The source's own code, its code system and its words stay in ``local_*`` whatever they were mapped to;
    ``practitioner_name`` is a doctor whom the registry does not know. ``extra`` keeps what has no column.
    A correction is a new row with the next ``version``; the old one says what replaced it, and when.
    ``sensitivity`` is a category of policy ``record/sensitive``, set by the database when the row is written (room
    ``privacy``): rows that have one are seen only by those whom the policy and the resident let see them.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # every kind has an index of its own that begins with the resident
    resident = models.ForeignKey(
        Resident, models.PROTECT, related_name="%(class)ss", db_index=False, verbose_name="居民"
    )
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="机构")
    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="医生"
    )
    practitioner_name = models.CharField("来源系统中的医生", max_length=64, blank=True, default="", db_default="")
    source = models.CharField("来源系统", max_length=32, blank=True, default="", db_default="")
    source_key = models.CharField("来源主键", max_length=128, blank=True, default="", db_default="")
    identity = models.ForeignKey(
        SourceIdentity,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        editable=False,
        verbose_name="来源身份",
    )
    local_system = models.CharField("本地代码系统", max_length=64, blank=True, default="", db_default="")
    local_code = models.CharField("本地代码", max_length=64, blank=True, default="", db_default="")
    local_name = models.CharField("本地名称", max_length=256, blank=True, default="", db_default="")
    extra = models.JSONField("其他内容", null=True, blank=True, editable=False)
    recorded_at = models.DateTimeField("记录时间", default=clock.now)
    recorded_by = models.BigIntegerField("记录账号", null=True, blank=True, editable=False)
    received_at = models.DateTimeField("收到时间", null=True, blank=True, editable=False)
    content_hash = models.BinaryField("内容摘要", null=True, editable=False)
    version = models.PositiveIntegerField("版本", default=1, db_default=1, editable=False)
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replaces", db_index=False, verbose_name="更正为"
    )
    replaced_at = models.DateTimeField("更正时间", null=True, blank=True, editable=False)
    voided_reason = models.CharField("作废原因", max_length=128, blank=True, default="", db_default="")
    voided_at = models.DateTimeField("作废时间", null=True, blank=True, editable=False)
    sensitivity = models.CharField("保护类别", max_length=32, blank=True, default="", db_default="", editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        abstract = True
        triggers = [audited(resident="resident_id", without=WITHOUT, inserts=False)]
        indexes = [
            models.Index(fields=["identity"], condition=Q(identity__isnull=False), name="%(class)s_identity"),
            models.Index(fields=["replaced_by"], condition=Q(replaced_by__isnull=False), name="%(class)s_replaced"),
            models.Index(fields=["resident"], condition=~Q(sensitivity=""), name="%(class)s_protected"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_key"],
                condition=~Q(source_key="") & Q(replaced_by=None),
                name="%(class)s_source_once",
                violation_error_message="来源系统的这一条已经收到过",
            ),
            models.CheckConstraint(
                condition=Q(voided_reason="", voided_at=None) | (~Q(voided_reason="") & Q(voided_at__isnull=False)),
                name="%(class)s_void_has_time",
                violation_error_message="作废要有原因和时间",
            ),
            models.CheckConstraint(
                condition=Q(replaced_by=None, replaced_at=None)
                | Q(replaced_by__isnull=False, replaced_at__isnull=False),
                name="%(class)s_replaced_has_time",
                violation_error_message="更正要有新的一条和时间",
            ),
        ]


class Coded(models.Model):
    """A row that says in a code what it is. ``code_system`` names the list that ``code`` is from.

    Empty: the list that the house uses for this kind of row (ICD-10 for conditions, the catalogue for measurements).
    """

    code = models.CharField("编码", max_length=64, blank=True, default="", db_default="")
    code_system = models.CharField("编码系统", max_length=32, blank=True, default="", db_default="")

    class Meta:
        abstract = True
