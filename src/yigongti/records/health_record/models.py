"""What happened to a resident, named after FHIR R4. Rows are never overwritten: a correction is a new row.

``organization`` is where it happened; ``source`` names the system it came from (empty: written here by hand).
"""

from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from yigongti.kernel import clock
from yigongti.kernel.audit.triggers import audited
from yigongti.kernel.cases.keys import new_id
from yigongti.records.residents.models import Resident
from yigongti.registry.organizations.models import Department, Organization
from yigongti.registry.staff.models import Practitioner


class EntryQuerySet(models.QuerySet[Any]):
    """Rows of the record."""

    def in_force(self) -> Self:
        """Neither corrected nor declared void."""
        return self.filter(replaced_by=None, voided_reason="")


class Entry(models.Model):
    """What every row of the record carries."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="%(class)ss", verbose_name="居民")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="机构")
    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="医生"
    )
    source = models.CharField("来源系统", max_length=32, blank=True)
    source_key = models.CharField("来源主键", max_length=64, blank=True)
    recorded_at = models.DateTimeField("记录时间", default=clock.now)
    recorded_by = models.BigIntegerField("记录账号", null=True, blank=True, editable=False)
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replaces", verbose_name="更正为"
    )
    voided_reason = models.CharField("作废原因", max_length=128, blank=True)
    voided_at = models.DateTimeField("作废时间", null=True, blank=True, editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        abstract = True
        triggers = [audited(resident="resident_id", without=["content"], inserts=False)]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_key"],
                condition=~Q(source_key=""),
                name="%(class)s_source_once",
                violation_error_message="来源系统的这一条已经收到过",
            ),
            models.CheckConstraint(
                condition=Q(voided_reason="", voided_at=None) | (~Q(voided_reason="") & Q(voided_at__isnull=False)),
                name="%(class)s_void_has_time",
                violation_error_message="作废要有原因和时间",
            ),
        ]


class Encounter(Entry):
    """A contact with care: visit, emergency, stay, home visit, follow-up."""

    class Kind(models.TextChoices):
        OUTPATIENT = "outpatient", "门诊"
        EMERGENCY = "emergency", "急诊"
        INPATIENT = "inpatient", "住院"
        OBSERVATION = "observation", "留观"
        HOME = "home", "上门"
        FOLLOW_UP = "follow-up", "随访"
        EXAMINATION = "examination", "体检"

    kind = models.CharField("类别", max_length=16, choices=Kind.choices)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="科室"
    )
    started_at = models.DateTimeField("开始")
    ended_at = models.DateTimeField("结束", null=True, blank=True)
    complaint = models.TextField("主诉", blank=True)
    findings = models.JSONField("所见", default=dict, blank=True)
    assessment = models.TextField("诊断意见", blank=True)
    advice = models.TextField("处理", blank=True)
    next_due = models.DateField("下次随访", null=True, blank=True)

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "就诊"
        indexes = [
            models.Index(fields=["resident", "-started_at"], name="encounter_resident"),
            models.Index(fields=["organization", "-started_at"], name="encounter_organization"),
            models.Index(
                fields=["organization", "next_due"], condition=Q(next_due__isnull=False), name="encounter_due"
            ),
        ]
        constraints = [
            *Entry.Meta.constraints,
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="encounter_ends_after_start",
                violation_error_message="结束时间不能早于开始时间",
            ),
        ]


class Observation(Entry):
    """A measurement or a result: FHIR Observation. ``value`` in ``unit``; ``text`` for what is not a number."""

    encounter = models.ForeignKey(
        Encounter, models.PROTECT, null=True, blank=True, related_name="observations", verbose_name="就诊"
    )
    code = models.CharField("项目", max_length=32)
    value = models.DecimalField("数值", max_digits=12, decimal_places=3, null=True)
    unit = models.CharField("单位", max_length=16, blank=True)
    text = models.CharField("文字结果", max_length=256, blank=True)
    effective_at = models.DateTimeField("测量时间")

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "测量"
        indexes = [models.Index(fields=["resident", "code", "-effective_at"], name="observation_resident_code")]


class Condition(Entry):
    """A disease or a problem: FHIR Condition. ``register`` names the chronic register it puts the person on."""

    class Status(models.TextChoices):
        ACTIVE = "active", "现患"
        REMISSION = "remission", "缓解"
        RESOLVED = "resolved", "痊愈"

    code = models.CharField("ICD-10", max_length=16)
    name = models.CharField("诊断", max_length=128)
    register = models.CharField("专病登记", max_length=32, blank=True)
    status = models.CharField("状态", max_length=16, choices=Status.choices, default=Status.ACTIVE)
    onset_on = models.DateField("发病日期", null=True, blank=True)

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "诊断"
        indexes = [
            models.Index(fields=["resident", "-onset_on"], name="condition_resident"),
            models.Index(fields=["organization", "register"], name="condition_register"),
        ]


class Medication(Entry):
    """A drug that the person takes: FHIR MedicationStatement."""

    encounter = models.ForeignKey(Encounter, models.PROTECT, null=True, blank=True, related_name="medications")
    name = models.CharField("药品", max_length=128)
    dose = models.CharField("用量", max_length=64)
    route = models.CharField("途径", max_length=16, default="口服")
    frequency = models.CharField("频次", max_length=32)
    start = models.DateField("起")
    until = models.DateField("止", null=True, blank=True)

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "用药"
        indexes = [models.Index(fields=["resident", "-start"], name="medication_resident")]


class Allergy(Entry):
    """FHIR AllergyIntolerance."""

    substance = models.CharField("过敏原", max_length=128)
    reaction = models.CharField("反应", max_length=128, blank=True)

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "过敏"
        indexes = [models.Index(fields=["resident"], name="allergy_resident")]


class Document(Entry):
    """An attachment of the record: FHIR DocumentReference; the content is kept in the database and its backups."""

    encounter = models.ForeignKey(Encounter, models.PROTECT, null=True, blank=True, related_name="documents")
    title = models.CharField("标题", max_length=128)
    kind = models.CharField("类别", max_length=32)
    media_type = models.CharField("格式", max_length=64)
    content = models.BinaryField("内容")
    size = models.PositiveIntegerField("字节数")

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "文档"
        indexes = [models.Index(fields=["resident", "-recorded_at"], name="document_resident")]
