"""The append-only log of writes and of every reading of a resident's record, and the seals that chain it."""

from datetime import UTC

from django.db import models

from .triggers import append_only


class Entry(models.Model):
    """One thing that someone did. Written by triggers (writes) and by :func:`.reading.reading` (readings)."""

    class Action(models.TextChoices):
        INSERT = "INSERT", "新增"
        UPDATE = "UPDATE", "修改"
        DELETE = "DELETE", "删除"
        READ = "READ", "查看"
        EMERGENCY = "EMERGENCY", "紧急调阅"
        EXPORT = "EXPORT", "导出"
        LOGIN = "LOGIN", "登录"
        REFUSED = "REFUSED", "被拒"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField("时间")
    user_id = models.BigIntegerField("账号", null=True)
    organization_id = models.BigIntegerField("机构", null=True)
    action = models.CharField("动作", max_length=16, choices=Action.choices)
    subject = models.CharField("对象", max_length=63)
    subject_id = models.CharField("对象编号", max_length=64)
    resident_id = models.UUIDField("居民", null=True)
    purpose = models.CharField("目的", max_length=64)
    data = models.JSONField("内容", default=dict)
    position = models.BigIntegerField("链上位置", null=True)
    seal_id = models.BigIntegerField("封存批次", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "审计记录"
        triggers = [append_only(once=["position", "seal_id"])]
        indexes = [
            models.Index(fields=["resident_id", "-at"], name="audit_entry_resident"),
            models.Index(fields=["user_id", "-at"], name="audit_entry_user"),
            models.Index(fields=["subject", "subject_id"], name="audit_entry_subject"),
            models.Index(fields=["organization_id", "-at"], name="audit_entry_organization"),
            models.Index(fields=["-at"], name="audit_entry_at"),
            # what an auditor looks for among millions of writes and readings
            models.Index(
                fields=["action", "-at"],
                condition=models.Q(action__in=["DELETE", "EMERGENCY", "EXPORT", "LOGIN", "REFUSED"]),
                name="audit_entry_rare",
            ),
            models.Index(fields=["id"], name="audit_entry_unsealed", condition=models.Q(seal_id__isnull=True)),
            models.Index(fields=["seal_id", "position"], name="audit_entry_sealed"),
        ]


class Seal(models.Model):
    """A batch of entries, chained to the batch before it.

    ``digest`` = HMAC-SM3(key, :meth:`sealed_content`): the previous digest, every column of every row in order, and
    what the seal itself says.
    """

    id = models.BigAutoField(primary_key=True)
    first_position = models.BigIntegerField("首位")
    last_position = models.BigIntegerField("末位")
    rows_digest = models.BinaryField("内容摘要")
    previous = models.BinaryField("上一批摘要")
    digest = models.BinaryField("摘要")
    key_id = models.CharField("密钥", max_length=16)
    sealed_at = models.DateTimeField("封存时间")

    class Meta:
        verbose_name = verbose_name_plural = "审计封存"
        triggers = [append_only()]

    def sealed_content(self) -> bytes:
        """What the digest seals."""
        said = f"{self.id}|{self.first_position}|{self.last_position}|{self.sealed_at.astimezone(UTC).isoformat()}"
        return bytes(self.previous) + bytes(self.rows_digest) + said.encode()


class Verification(models.Model):
    """One walk along the whole chain, in pieces: how far it is and what it found."""

    requested_at = models.DateTimeField("发起时间")
    requested_by = models.BigIntegerField("发起人", null=True)
    finished_at = models.DateTimeField("完成时间", null=True)
    last_seal = models.BigIntegerField("已核对到批次", default=0)
    last_position = models.BigIntegerField("已核对到位置", default=0)
    head = models.BinaryField("链头摘要", default=bytes)
    until_seal = models.BigIntegerField("核对到批次", default=0)
    unsealed = models.BigIntegerField("待封存", default=0)
    problems = models.JSONField("问题", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "审计链核对"
        indexes = [models.Index(fields=["-requested_at"], name="audit_verification_newest")]

    @property
    def percent(self) -> int:
        """How far it is."""
        return 100 if self.finished_at else int(100 * self.last_seal / max(self.until_seal, 1))
