"""What protects the record: the terms of the policy as the database reads them, and what residents decided."""

from django.db import models
from django.db.models import Q

from yigongti.kernel import clock
from yigongti.kernel.audit.triggers import audited
from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.cases.models import Case
from yigongti.records.residents.models import Resident
from yigongti.registry.organizations.models import Organization


class Category(models.Model):
    """A category of the policy in force; ``digest`` is the edition that these tables say."""

    code = models.CharField(max_length=32, primary_key=True)
    rank = models.PositiveSmallIntegerField()
    whole_visit = models.BooleanField(default=False)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "保护类别"


class Term(models.Model):
    """How rows of a category are recognised; kind ``inherits`` names tables that go with a protected visit."""

    kind = models.CharField(max_length=16)
    system = models.CharField(max_length=32, blank=True)
    value = models.CharField(max_length=64)
    category = models.CharField(max_length=32, blank=True)
    rank = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = "保护类别的识别"
        indexes = [models.Index(fields=["kind", "system", "value"], name="privacy_term_value")]


class Opening(models.Model):
    """Who sees a category: ``viewer`` is ``organization`` or a kind of care relation.

    ``anyone`` there who reads records, else those with ``record.sensitive``; ``always`` even if the resident hid it.
    """

    category = models.CharField(max_length=32)
    viewer = models.CharField(max_length=16)
    anyone = models.BooleanField(default=False)
    always = models.BooleanField(default=False)

    class Meta:
        verbose_name = verbose_name_plural = "保护类别的可见范围"
        constraints = [models.UniqueConstraint(fields=["category", "viewer"], name="privacy_opening_once")]


class Hiding(models.Model):
    """A resident hides a category from all but those whom the policy names in ``after_hiding``."""

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="hidings", verbose_name="居民")
    category = models.CharField("类别", max_length=32)
    since = models.DateTimeField("隐藏时间", default=clock.now)
    until = models.DateTimeField("恢复时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "居民隐藏的类别"
        triggers = [audited(resident="resident_id")]
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "category"], condition=Q(until__isnull=True), name="privacy_hiding_once"
            )
        ]


class Share(models.Model):
    """A resident lets an organisation open the record for a while, by a code that is told or shown.

    The code itself is not kept, only its digest (``code_index``). ``whole``: protected rows too. The care relation it
    makes has the id as its source.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="shares", verbose_name="居民")
    code_index = models.BinaryField("授权码摘要", editable=False)
    hours = models.PositiveIntegerField("可查看小时数")
    whole = models.BooleanField("包括受保护的记录", default=False)
    created_at = models.DateTimeField("生成时间", default=clock.now)
    expires_at = models.DateTimeField("授权码有效至")
    used_at = models.DateTimeField("使用时间", null=True, blank=True)
    used_by = models.BigIntegerField("使用账号", null=True, blank=True)
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="被授权机构"
    )
    until = models.DateTimeField("可查看至", null=True, blank=True)
    revoked_at = models.DateTimeField("收回时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "本人授权"
        triggers = [audited(resident="resident_id", without=["code_index"])]
        indexes = [
            models.Index(fields=["code_index"], name="privacy_share_code"),
            models.Index(fields=["resident", "-created_at"], name="privacy_share_resident"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(used_at=None, organization=None, until=None)
                | Q(used_at__isnull=False, organization__isnull=False, until__isnull=False),
                name="privacy_share_used_by_somebody",
            )
        ]


class Objection(Case):
    """A resident objects to an entry of the record: FHIR has no name for it. The organisation that wrote it answers.

    ``kind`` is the table of the entry (``condition``), ``entry_id`` its key; ``entry_title`` how it read then.
    """

    kind = models.CharField("记录种类", max_length=32)
    entry_id = models.UUIDField("记录")
    entry_title = models.CharField("记录内容", max_length=256)
    text = models.TextField("居民的说法")
    wanted = models.TextField("希望怎样更正", blank=True)
    answer = models.TextField("机构的答复", blank=True)
    reviews = models.PositiveSmallIntegerField("复核次数", default=0)

    class Meta(Case.Meta):
        verbose_name = verbose_name_plural = "档案异议"
        indexes = [
            *Case.Meta.indexes,
            models.Index(fields=["entry_id"], condition=Q(closed_at__isnull=True), name="privacy_objection_entry"),
        ]
