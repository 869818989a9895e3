"""What was done and given: FHIR Procedure, MedicationRequest, -Dispense, -Statement, Immunization."""

from django.db import models
from django.db.models import Q

from .encounters import AtEncounter
from .entry import Coded, Entry


class Procedure(AtEncounter, Coded):
    """An operation or another procedure: FHIR Procedure. ``code`` is ICD-9-CM-3 unless ``code_system`` says otherwise.

    Of the procedures of one stay ``rank`` 1 is the main one (主要手术).
    """

    class Status(models.TextChoices):
        """FHIR event-status."""

        PREPARATION = "preparation", "准备中"
        IN_PROGRESS = "in-progress", "进行中"
        COMPLETED = "completed", "已完成"
        NOT_DONE = "not-done", "未做"
        STOPPED = "stopped", "中止"

    name = models.CharField("手术操作", max_length=256)
    category = models.CharField("类别", max_length=32, blank=True, default="", db_default="")
    status = models.CharField(
        "状态", max_length=16, choices=Status.choices, default=Status.COMPLETED, db_default=Status.COMPLETED
    )
    rank = models.PositiveSmallIntegerField("手术次序", null=True, blank=True)
    performed_at = models.DateTimeField("开始")
    performed_until = models.DateTimeField("结束", null=True, blank=True)
    body_site = models.CharField("部位", max_length=64, blank=True, default="", db_default="")
    reason = models.CharField("原因", max_length=256, blank=True, default="", db_default="")
    outcome = models.CharField("结果", max_length=256, blank=True, default="", db_default="")
    note = models.TextField("说明", blank=True, default="", db_default="")

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "手术操作"
        indexes = [
            *Entry.Meta.indexes,
            models.Index(fields=["resident", "-performed_at"], name="procedure_resident"),
        ]


class Drug(AtEncounter, Coded):
    """A row about a drug. ``code`` is the national drug code unless ``code_system`` names another list."""

    name = models.CharField("药品", max_length=256)
    dose = models.CharField("用量", max_length=64, blank=True, default="", db_default="")
    route = models.CharField("途径", max_length=32, blank=True, default="", db_default="")
    frequency = models.CharField("频次", max_length=64, blank=True, default="", db_default="")

    class Meta(Entry.Meta):
        abstract = True


class MedicationRequest(Drug):
    """A line of a prescription: FHIR MedicationRequest; ``days`` the course, ``prescription`` its number."""

    class Status(models.TextChoices):
        """FHIR medicationrequest-status."""

        ACTIVE = "active", "有效"
        ON_HOLD = "on-hold", "暂停"
        COMPLETED = "completed", "已完成"
        STOPPED = "stopped", "已停止"
        CANCELLED = "cancelled", "已取消"
        DRAFT = "draft", "草拟"

    status = models.CharField(
        "状态", max_length=16, choices=Status.choices, default=Status.ACTIVE, db_default=Status.ACTIVE
    )
    intent = models.CharField("性质", max_length=16, default="order", db_default="order")
    prescription = models.CharField("处方号", max_length=64, blank=True, default="", db_default="")
    authored_at = models.DateTimeField("开立时间")
    quantity = models.DecimalField("数量", max_digits=12, decimal_places=3, null=True, blank=True)
    quantity_unit = models.CharField("数量单位", max_length=16, blank=True, default="", db_default="")
    days = models.PositiveSmallIntegerField("疗程天数", null=True, blank=True)
    reason = models.CharField("原因", max_length=256, blank=True, default="", db_default="")
    note = models.TextField("医嘱", blank=True, default="", db_default="")

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "处方"
        indexes = [
            *Entry.Meta.indexes,
            models.Index(fields=["resident", "-authored_at"], name="medicationrequest_resident"),
        ]


class MedicationDispense(Drug):
    """A drug that was handed over: FHIR MedicationDispense."""

    class Status(models.TextChoices):
        """FHIR medicationdispense-status."""

        PREPARATION = "preparation", "调配中"
        COMPLETED = "completed", "已发药"
        CANCELLED = "cancelled", "已取消"
        DECLINED = "declined", "未发药"

    status = models.CharField(
        "状态", max_length=16, choices=Status.choices, default=Status.COMPLETED, db_default=Status.COMPLETED
    )
    request = models.ForeignKey(
        MedicationRequest, models.PROTECT, null=True, blank=True, related_name="dispenses", verbose_name="处方"
    )
    dispensed_at = models.DateTimeField("发药时间")
    quantity = models.DecimalField("数量", max_digits=12, decimal_places=3, null=True, blank=True)
    quantity_unit = models.CharField("数量单位", max_length=16, blank=True, default="", db_default="")
    days = models.PositiveSmallIntegerField("可用天数", null=True, blank=True)
    batch = models.CharField("批号", max_length=64, blank=True, default="", db_default="")

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "发药"
        indexes = [
            *Entry.Meta.indexes,
            models.Index(fields=["resident", "-dispensed_at"], name="medicationdispense_resident"),
        ]


class MedicationStatement(Drug):
    """A drug that the person takes: FHIR MedicationStatement."""

    start = models.DateField("起")
    until = models.DateField("止", null=True, blank=True)
    reason = models.CharField("原因", max_length=256, blank=True, default="", db_default="")
    note = models.TextField("说明", blank=True, default="", db_default="")

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "用药"
        indexes = [*Entry.Meta.indexes, models.Index(fields=["resident", "-start"], name="medication_resident")]


class Immunization(AtEncounter, Coded):
    """A vaccination: FHIR Immunization. ``dose_number`` is the number in the series (第几剂)."""

    class Status(models.TextChoices):
        """FHIR immunization-status without entered-in-error, which is voiding."""

        COMPLETED = "completed", "已接种"
        NOT_DONE = "not-done", "未接种"

    name = models.CharField("疫苗", max_length=256)
    status = models.CharField(
        "状态", max_length=16, choices=Status.choices, default=Status.COMPLETED, db_default=Status.COMPLETED
    )
    occurred_at = models.DateTimeField("接种时间")
    dose_number = models.PositiveSmallIntegerField("剂次", null=True, blank=True)
    manufacturer = models.CharField("生产企业", max_length=128, blank=True, default="", db_default="")
    batch = models.CharField("批号", max_length=64, blank=True, default="", db_default="")
    expires_on = models.DateField("有效期至", null=True, blank=True)
    body_site = models.CharField("部位", max_length=32, blank=True, default="", db_default="")
    route = models.CharField("途径", max_length=32, blank=True, default="", db_default="")
    dose = models.CharField("剂量", max_length=32, blank=True, default="", db_default="")
    reason = models.CharField("未接种原因", max_length=256, blank=True, default="", db_default="")

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "预防接种"
        indexes = [
            *Entry.Meta.indexes,
            models.Index(fields=["resident", "-occurred_at"], name="immunization_resident"),
        ]
        constraints = [
            *Entry.Meta.constraints,
            models.CheckConstraint(
                condition=Q(dose_number=None) | Q(dose_number__gt=0), name="immunization_dose_counts_from_one"
            ),
        ]
