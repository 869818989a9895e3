"""What the person has: FHIR Condition, AllergyIntolerance, FamilyMemberHistory; and what is planned: CarePlan."""

from django.db import models

from .encounters import AtEncounter
from .entry import Coded, Entry


class Verification(models.TextChoices):
    """FHIR condition-ver-status and allergyintolerance-verification."""

    CONFIRMED = "confirmed", "确诊"
    PROVISIONAL = "provisional", "疑似"
    DIFFERENTIAL = "differential", "鉴别"
    REFUTED = "refuted", "排除"


class Condition(AtEncounter):
    """A disease or a problem: FHIR Condition. ``register`` names the chronic register it puts the person on.

    ``category`` tells the problem list from the diagnoses of one visit or stay; of these ``rank`` 1 is the main one
    (主要诊断). ``code`` is ICD-10 unless ``code_system`` names another list.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", "现患"
        REMISSION = "remission", "缓解"
        RESOLVED = "resolved", "痊愈"

    class Category(models.TextChoices):
        """FHIR condition-category."""

        PROBLEM = "problem-list-item", "问题列表"
        ENCOUNTER = "encounter-diagnosis", "就诊诊断"

    code = models.CharField("ICD-10", max_length=64, blank=True, default="", db_default="")
    code_system = models.CharField("编码系统", max_length=32, blank=True, default="", db_default="")
    name = models.CharField("诊断", max_length=256)
    category = models.CharField(
        "类别", max_length=20, choices=Category.choices, default=Category.PROBLEM, db_default=Category.PROBLEM
    )
    rank = models.PositiveSmallIntegerField("诊断次序", null=True, blank=True)
    register = models.CharField("专病登记", max_length=32, blank=True, default="", db_default="")
    status = models.CharField(
        "状态", max_length=16, choices=Status.choices, default=Status.ACTIVE, db_default=Status.ACTIVE
    )
    verification = models.CharField(
        "确认", max_length=16, choices=Verification.choices, default="confirmed", db_default="confirmed"
    )
    severity = models.CharField("严重程度", max_length=16, blank=True, default="", db_default="")
    onset_on = models.DateField("发病日期", null=True, blank=True)
    abated_on = models.DateField("痊愈日期", null=True, blank=True)
    note = models.TextField("说明", blank=True, default="", db_default="")

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "诊断"
        indexes = [
            *Entry.Meta.indexes,
            models.Index(fields=["resident", "-onset_on"], name="condition_resident"),
            models.Index(fields=["organization", "register"], name="condition_register"),
        ]


class AllergyIntolerance(Entry, Coded):
    """What the person must not get: FHIR AllergyIntolerance."""

    class Category(models.TextChoices):
        """FHIR allergy-intolerance-category."""

        MEDICATION = "medication", "药物"
        FOOD = "food", "食物"
        ENVIRONMENT = "environment", "环境"
        BIOLOGIC = "biologic", "生物制品"

    class Criticality(models.TextChoices):
        """FHIR allergy-intolerance-criticality."""

        LOW = "low", "低"
        HIGH = "high", "高"
        UNKNOWN = "unable-to-assess", "不能判断"

    class Status(models.TextChoices):
        """FHIR allergyintolerance-clinical."""

        ACTIVE = "active", "有效"
        INACTIVE = "inactive", "不再出现"
        RESOLVED = "resolved", "已解除"

    substance = models.CharField("过敏原", max_length=256)
    reaction = models.CharField("反应", max_length=256, blank=True, default="", db_default="")
    category = models.CharField("类别", max_length=16, choices=Category.choices, blank=True, default="", db_default="")
    criticality = models.CharField(
        "危险程度", max_length=16, choices=Criticality.choices, blank=True, default="", db_default=""
    )
    status = models.CharField(
        "状态", max_length=16, choices=Status.choices, default=Status.ACTIVE, db_default=Status.ACTIVE
    )
    verification = models.CharField(
        "确认", max_length=16, choices=Verification.choices, default="confirmed", db_default="confirmed"
    )
    onset_on = models.DateField("首次发生", null=True, blank=True)

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "过敏"
        indexes = [*Entry.Meta.indexes, models.Index(fields=["resident"], name="allergy_resident")]


class FamilyMemberHistory(Entry, Coded):
    """A disease in the family: FHIR FamilyMemberHistory, one row for each member and condition.

    ``relationship`` is the word for the relative (父亲、母亲、兄弟姐妹…), ``code`` and ``name`` the disease (empty: the
    member alone), ``onset_age`` in years.
    """

    relationship = models.CharField("亲属", max_length=32)
    member_name = models.CharField("亲属姓名", max_length=64, blank=True, default="", db_default="")
    member_sex = models.CharField("亲属性别", max_length=1, blank=True, default="", db_default="")
    deceased = models.BooleanField("已故", null=True, blank=True)
    name = models.CharField("疾病", max_length=256, blank=True, default="", db_default="")
    onset_age = models.PositiveSmallIntegerField("发病年龄", null=True, blank=True)
    told_on = models.DateField("了解日期", null=True, blank=True)
    note = models.TextField("说明", blank=True, default="", db_default="")

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "家族史"
        indexes = [*Entry.Meta.indexes, models.Index(fields=["resident"], name="family_history_resident")]


class CarePlan(AtEncounter, Coded):
    """What is planned for the person: FHIR CarePlan. ``activities`` and ``goals`` are lists of texts."""

    class Status(models.TextChoices):
        """FHIR request-status."""

        DRAFT = "draft", "草拟"
        ACTIVE = "active", "执行中"
        ON_HOLD = "on-hold", "暂停"
        REVOKED = "revoked", "已撤销"
        COMPLETED = "completed", "已完成"

    category = models.CharField("类别", max_length=64, blank=True, default="", db_default="")
    title = models.CharField("计划", max_length=256)
    status = models.CharField(
        "状态", max_length=16, choices=Status.choices, default=Status.ACTIVE, db_default=Status.ACTIVE
    )
    start = models.DateField("起")
    until = models.DateField("止", null=True, blank=True)
    description = models.TextField("内容", blank=True, default="", db_default="")
    activities = models.JSONField("活动", default=list, blank=True, db_default=[])
    goals = models.JSONField("目标", default=list, blank=True, db_default=[])

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "照护计划"
        indexes = [*Entry.Meta.indexes, models.Index(fields=["resident", "-start"], name="careplan_resident")]
