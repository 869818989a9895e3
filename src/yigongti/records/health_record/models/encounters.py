"""Contacts with care."""

from django.db import models
from django.db.models import F, Q

from yigongti.registry.organizations.models import Department, Organization

from .entry import Entry


class Encounter(Entry):
    """A contact with care: visit, emergency, stay, home visit, follow-up.

    ``department_name`` is a department that the registry does not know, ``number`` the visit or stay number
    (门诊号、住院号), ``discharge`` how the stay ended (离院方式, in words).
    """

    class Kind(models.TextChoices):
        OUTPATIENT = "outpatient", "门诊"
        EMERGENCY = "emergency", "急诊"
        INPATIENT = "inpatient", "住院"
        OBSERVATION = "observation", "留观"
        HOME = "home", "上门"
        FOLLOW_UP = "follow-up", "随访"
        EXAMINATION = "examination", "体检"

    class Status(models.TextChoices):
        """FHIR encounter-status."""

        PLANNED = "planned", "预约"
        ARRIVED = "arrived", "已到"
        IN_PROGRESS = "in-progress", "进行中"
        FINISHED = "finished", "已结束"
        CANCELLED = "cancelled", "已取消"

    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", db_index=False, verbose_name="机构"
    )
    kind = models.CharField("类别", max_length=16, choices=Kind.choices)
    status = models.CharField(
        "状态", max_length=16, choices=Status.choices, default=Status.FINISHED, db_default=Status.FINISHED
    )
    number = models.CharField("就诊号", max_length=64, blank=True, default="", db_default="")
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name="科室"
    )
    department_name = models.CharField("来源系统中的科室", max_length=64, blank=True, default="", db_default="")
    started_at = models.DateTimeField("开始")
    ended_at = models.DateTimeField("结束", null=True, blank=True)
    complaint = models.TextField("主诉", blank=True, default="", db_default="")
    findings = models.JSONField("所见", default=dict, blank=True, db_default={})
    assessment = models.TextField("诊断意见", blank=True, default="", db_default="")
    advice = models.TextField("处理", blank=True, default="", db_default="")
    discharge = models.CharField("离院方式", max_length=32, blank=True, default="", db_default="")
    next_due = models.DateField("下次随访", null=True, blank=True)

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "就诊"
        indexes = [
            *Entry.Meta.indexes,
            models.Index(fields=["resident", "-started_at"], name="encounter_resident"),
            models.Index(fields=["organization", "-started_at"], name="encounter_organization"),
            models.Index(
                fields=["organization", "next_due"], condition=Q(next_due__isnull=False), name="encounter_due"
            ),
            models.Index(fields=["department"], condition=Q(department__isnull=False), name="encounter_department"),
            models.Index(
                fields=["source", "source_key"],
                condition=~Q(source_key="") & Q(replaced_by__isnull=False),
                name="encounter_source_before",
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


class AtEncounter(Entry):
    """A row that may have been made at a contact with care."""

    encounter = models.ForeignKey(
        Encounter, models.PROTECT, null=True, blank=True, related_name="%(class)ss", verbose_name="就诊"
    )

    class Meta(Entry.Meta):
        abstract = True
