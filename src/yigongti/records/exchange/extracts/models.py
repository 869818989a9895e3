"""Requests for de-identified extracts, with what was approved, what the check found, and who fetched what."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from yigongti.kernel import clock
from yigongti.kernel.access.models import User
from yigongti.kernel.audit.triggers import audited
from yigongti.kernel.cases.models import Case
from yigongti.kernel.ciphers.fields import EncryptedTextField

from .policies import PURPOSES


class Extract(Case):
    """One extract: asked for (home), prepared and approved where the data are kept (counterpart), fetched, destroyed.

    ``policy`` is what may be asked for, ``policy_hash`` the edition that was approved; ``area``, ``first``, ``last``
    (days), ``condition`` the population; ``k`` at least that of the policy; ``categories`` the protected categories
    that the approval opened; ``reach`` the organisations of the approver: only residents with whom one has a care
    relation are in. ``secret`` makes pseudonyms and goes when the extract is destroyed. ``report`` is what the check
    found, ``digest`` the SHA-256 of the rows as CSV, ``size`` bytes of the file.
    """

    policy = models.CharField("数据", max_length=64)
    policy_hash = models.CharField("规则版本", max_length=64, blank=True)
    title = models.CharField("名称", max_length=128)
    purpose = models.CharField("用途", max_length=16, choices=list(PURPOSES.items()))
    reason = models.TextField("用来做什么")
    used_by = models.CharField("使用单位和人", max_length=128)
    ethics = models.CharField("伦理审查批件号", max_length=64, blank=True)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="申请人")
    recipient = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="领取人")
    prepared_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="准备人")
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="批准人")
    area = models.CharField("居住地", max_length=12, blank=True)
    area_name = models.CharField("居住地名称", max_length=64, blank=True)
    first = models.DateField("起")
    last = models.DateField("止")
    condition = models.CharField("专病", max_length=32, blank=True)
    k = models.PositiveSmallIntegerField("k")
    categories = ArrayField(models.CharField(max_length=32), default=list, verbose_name="开放的保护类别")
    reach = ArrayField(models.BigIntegerField(), default=list, verbose_name="批准人负责的机构")
    secret = EncryptedTextField("假名密钥", null=True)
    report = models.JSONField("检查报告", default=dict)
    digest = models.CharField("内容摘要", max_length=64, blank=True)
    size = models.PositiveBigIntegerField("文件大小", default=0)
    rows = models.PositiveBigIntegerField("行数", default=0)
    made = models.PositiveSmallIntegerField("生成次数", default=0)
    made_at = models.DateTimeField("生成时间", null=True)
    expires_at = models.DateTimeField("保存到", null=True)
    downloads = models.PositiveIntegerField("下载次数", default=0)
    answer = models.CharField("答复", max_length=500, blank=True)
    job = models.UUIDField("后台任务", null=True)

    class Meta(Case.Meta):
        verbose_name = verbose_name_plural = "去标识化数据"
        triggers = [audited(without=["secret", "report"])]
        constraints = [
            *Case.Meta.constraints,
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="extract_period_in_order"),
            models.CheckConstraint(
                condition=Q(approved_by=None)
                | ~(Q(approved_by=F("requested_by")) | Q(approved_by=F("prepared_by")) | Q(approved_by=F("recipient"))),
                name="extract_second_person",
                violation_error_message="批准的人不能是申请、准备或领取的人",
            ),
        ]
        indexes = [
            *Case.Meta.indexes,
            models.Index(fields=["expires_at"], condition=Q(closed_at=None), name="extract_expires"),
            models.Index(fields=["-opened_at"], name="extract_newest"),
        ]

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("extracts:case", args=[self.pk])

    @property
    def has_file(self) -> bool:
        """Whether there is something to fetch now."""
        return self.state in ("ready", "downloaded") and self.expires_at is not None and self.expires_at > clock.now()


class Paper(models.Model):
    """What a request rests on: the approval of the ethics committee as a file, encrypted."""

    extract = models.ForeignKey(Extract, models.PROTECT, related_name="papers", verbose_name="申请")
    name = models.CharField("文件名", max_length=200)
    media_type = models.CharField("格式", max_length=64)
    content = models.BinaryField("内容")
    size = models.PositiveIntegerField("大小")
    added_at = models.DateTimeField("上传时间", default=clock.now)
    added_by = models.BigIntegerField("上传账号", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "伦理审查批件"
        triggers = [audited(without=["content"])]
        ordering = ["added_at"]

    def __str__(self) -> str:
        return self.name

    def sealed_for(self) -> bytes:
        """What the content is bound to when it is encrypted."""
        return f"extracts_paper:{self.extract_id}:{self.name}".encode()
