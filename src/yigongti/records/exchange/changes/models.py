"""What changed in the record, noted by the database in the transaction of the change."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Change(models.Model):
    """Rows of one kind that one statement wrote: at most 500 in a row here, so that loads cost little.

    ``transaction`` is the PostgreSQL transaction (64 bits) that wrote them. ``position`` is given when no older
    transaction is open any more (:mod:`.sealing`): positions have no gaps and become visible in their order.
    ``rows``, ``residents`` and ``versions`` belong together by place.
    """

    class Action(models.TextChoices):
        CREATED = "created", "新增"
        CORRECTED = "corrected", "更正后的新版本"
        REPLACED = "replaced", "已被更正取代"
        VOIDED = "voided", "作废"
        UPDATED = "updated", "修改"

    id = models.BigAutoField(primary_key=True)
    transaction = models.BigIntegerField("事务号")
    position = models.BigIntegerField("位置", null=True)
    kind = models.CharField("资源", max_length=32)
    action = models.CharField("动作", max_length=16, choices=Action.choices)
    at = models.DateTimeField("时间")
    rows = ArrayField(models.UUIDField(), verbose_name="行")
    residents = ArrayField(models.UUIDField(), verbose_name="居民")
    versions = ArrayField(models.IntegerField(), verbose_name="版本")

    class Meta:
        verbose_name = verbose_name_plural = "变更"
        constraints = [models.UniqueConstraint(fields=["position"], name="change_position_once")]
        indexes = [
            models.Index(fields=["transaction", "id"], condition=Q(position=None), name="change_unsealed"),
            models.Index(fields=["at"], name="change_at"),
        ]


class Person(models.Model):
    """When a resident was changed last, merged and separated included. Who was only registered has no row.

    The key is that of a resident without a foreign key: it names nobody.
    """

    resident_id = models.UUIDField(primary_key=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "居民的修改时间"
