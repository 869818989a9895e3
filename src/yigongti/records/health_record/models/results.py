"""What was measured and found: FHIR Observation and DiagnosticReport."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from yigongti.kernel.audit.triggers import audited
from yigongti.records.residents.models import Resident
from yigongti.registry.organizations.models import Organization
from yigongti.registry.staff.models import Practitioner

from .encounters import AtEncounter, Encounter
from .entry import WITHOUT, Coded, Entry


class ResultStatus(models.TextChoices):
    """FHIR observation-status and diagnostic-report-status."""

    PRELIMINARY = "preliminary", "初步"
    FINAL = "final", "最终"
    AMENDED = "amended", "已修改"
    CANCELLED = "cancelled", "已取消"


class DiagnosticReport(AtEncounter, Coded):
    """A report of laboratory, imaging, electrocardiogram or pathology; its values are the observations that name it.

    ``findings`` is what was seen (所见), ``conclusion`` what it means (诊断意见), ``study`` the images (their
    StudyInstanceUID).
    """

    class Category(models.TextChoices):
        LABORATORY = "laboratory", "检验"
        IMAGING = "imaging", "影像"
        ECG = "ecg", "心电"
        PATHOLOGY = "pathology", "病理"
        ENDOSCOPY = "endoscopy", "内镜"
        OTHER = "other", "其他"

    category = models.CharField("类别", max_length=16, choices=Category.choices)
    name = models.CharField("报告名称", max_length=256)
    status = models.CharField(
        "状态", max_length=16, choices=ResultStatus.choices, default=ResultStatus.FINAL, db_default=ResultStatus.FINAL
    )
    number = models.CharField("报告号", max_length=64, blank=True, default="", db_default="")
    effective_at = models.DateTimeField("检查时间")
    issued_at = models.DateTimeField("报告时间", null=True, blank=True)
    specimen = models.CharField("标本", max_length=64, blank=True, default="", db_default="")
    body_site = models.CharField("部位", max_length=64, blank=True, default="", db_default="")
    findings = models.TextField("所见", blank=True, default="", db_default="")
    conclusion = models.TextField("诊断意见", blank=True, default="", db_default="")
    study = models.CharField("影像检查标识", max_length=128, blank=True, default="", db_default="")

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "检查检验报告"
        indexes = [
            *Entry.Meta.indexes,
            models.Index(fields=["resident", "-effective_at"], name="diagnosticreport_resident"),
        ]


class Observation(AtEncounter):
    """A measurement or a result: FHIR Observation. ``value`` in ``unit``; ``text`` for what is not a number.

    ``code`` is a code of our catalogue (``code_system`` empty) or of the list that ``code_system`` names; the reference
    range is the laboratory's own, in ``unit``. ``interpretation`` is HL7's flag (H, L, HH, LL, A, N).

    The table is partitioned by month of ``effective_at`` (:mod:`..months`): in the database the key is ``id`` with
    ``effective_at``, and no foreign key points to it. Whether resident, organisation, doctor and contact exist is asked
    once for all rows of a statement (:mod:`..pointing`) and not row by row; what is found by identity is found by
    resident.
    """

    class Category(models.TextChoices):
        """FHIR observation-category."""

        VITAL_SIGNS = "vital-signs", "生命体征"
        LABORATORY = "laboratory", "检验"
        IMAGING = "imaging", "影像"
        EXAM = "exam", "体格检查"
        SURVEY = "survey", "量表"
        SOCIAL_HISTORY = "social-history", "生活史"
        PROCEDURE = "procedure", "操作"

    code = models.CharField("项目", max_length=64)
    code_system = models.CharField("编码系统", max_length=32, blank=True, default="", db_default="")
    category = models.CharField("类别", max_length=16, choices=Category.choices, blank=True, default="", db_default="")
    status = models.CharField(
        "状态", max_length=16, choices=ResultStatus.choices, default=ResultStatus.FINAL, db_default=ResultStatus.FINAL
    )
    value = models.DecimalField("数值", max_digits=18, decimal_places=6, null=True)
    unit = models.CharField("单位", max_length=32, blank=True, default="", db_default="")
    text = models.CharField("文字结果", max_length=512, blank=True, default="", db_default="")
    value_code = models.CharField("结果编码", max_length=64, blank=True, default="", db_default="")
    reference_low = models.DecimalField("参考下限", max_digits=18, decimal_places=6, null=True, blank=True)
    reference_high = models.DecimalField("参考上限", max_digits=18, decimal_places=6, null=True, blank=True)
    reference_text = models.CharField("参考范围", max_length=64, blank=True, default="", db_default="")
    interpretation = models.CharField("判断", max_length=8, blank=True, default="", db_default="")
    specimen = models.CharField("标本", max_length=64, blank=True, default="", db_default="")
    effective_at = models.DateTimeField("测量时间")
    resident = models.ForeignKey(
        Resident,
        models.PROTECT,
        related_name="%(class)ss",
        db_constraint=False,
        db_index=False,
        verbose_name="居民",
    )
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", db_constraint=False, db_index=False, verbose_name="机构"
    )
    practitioner = models.ForeignKey(
        Practitioner,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name="医生",
    )
    encounter = models.ForeignKey(
        Encounter,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="%(class)ss",
        db_constraint=False,
        db_index=False,
        verbose_name="就诊",
    )
    report = models.ForeignKey(
        DiagnosticReport,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="observations",
        db_constraint=False,
        db_index=False,
        verbose_name="报告",
    )
    replaced_by = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replaces",
        db_constraint=False,
        db_index=False,
        verbose_name="更正为",
    )

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "测量"
        triggers = [audited("health_record_observation", resident="resident_id", without=WITHOUT, inserts=False)]
        indexes = [
            *Entry.Meta.indexes[2:],
            models.Index(fields=["resident", "code", "-effective_at"], name="observation_resident_code"),
            models.Index(fields=["encounter"], condition=Q(encounter__isnull=False), name="observation_encounter"),
            models.Index(fields=["report"], condition=Q(report__isnull=False), name="observation_report"),
            models.Index(
                fields=["practitioner"], condition=Q(practitioner__isnull=False), name="observation_practitioner"
            ),
            BrinIndex(fields=["organization"], autosummarize=True, name="observation_organization"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_key", "effective_at"],
                condition=~Q(source_key="") & Q(replaced_by=None),
                name="observation_source_once",
                violation_error_message="来源系统的这一条已经收到过",
            ),
            *Entry.Meta.constraints[1:],
        ]
