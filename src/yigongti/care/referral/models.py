"""The referral: one table for both directions, two declared workflows (:mod:`.workflow`)."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from yigongti.kernel import clock
from yigongti.kernel.audit.triggers import append_only
from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.cases.models import Case
from yigongti.records.health_record.models import Encounter
from yigongti.registry.organizations.models import Department, Organization
from yigongti.registry.staff.models import Practitioner


class Referral(Case):
    """Two-way referral (双向转诊): FHIR ServiceRequest.

    Up: home is the primary level, counterpart the hospital. Down: home is the hospital, counterpart the centre.
    ``episode`` ties together what belongs to one illness; at most one referral of an episode group is open at a time.
    Name, sex and birth date stand here as they were, so that a hospital keeps its own case when the care relation ends.
    ``package`` is the excerpt of the record as it stood when the case was sent; it never changes afterwards.
    """

    class Direction(models.TextChoices):
        UP = "up", "上转"
        DOWN = "down", "下转"

    class Care(models.TextChoices):
        OUTPATIENT = "outpatient", "门诊"
        OBSERVATION = "observation", "留观"
        INPATIENT = "inpatient", "住院"

    resident = models.ForeignKey("residents.Resident", models.PROTECT, verbose_name="居民")
    resident_name = models.CharField("姓名", max_length=64)
    resident_sex = models.CharField("性别", max_length=1)
    resident_birth_date = models.DateField("出生日期")
    direction = models.CharField("方向", max_length=4, choices=Direction.choices)
    episode = models.UUIDField("诊疗过程", default=new_id)
    basis = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="sequels", verbose_name="由来"
    )
    encounter = models.ForeignKey(
        Encounter, models.PROTECT, null=True, blank=True, related_name="referrals", verbose_name="就诊"
    )
    handler_organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="代办机构"
    )
    places = ArrayField(models.CharField(max_length=32), default=list, verbose_name="规则适用地")
    signed_organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="签约机构"
    )
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="转入科室"
    )
    referring_doctor = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, related_name="+", verbose_name="转出医生"
    )
    attending_doctor = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, related_name="+", verbose_name="接诊医生"
    )
    disease = models.CharField("病种", max_length=32)
    diagnosis_code = models.CharField("ICD-10", max_length=16, blank=True)
    diagnosis = models.CharField("初步诊断", max_length=128, blank=True)
    reason_codes = ArrayField(models.CharField(max_length=32), default=list, blank=True, verbose_name="转诊原因")
    reason_text = models.TextField("原因说明", blank=True)
    summary = models.TextField("主要病情", blank=True)
    history = models.TextField("既往史", blank=True)
    treatment = models.TextField("治疗经过", blank=True)
    follow_up_on = models.DateField("计划随访日", null=True, blank=True)
    proposal = models.JSONField("建议依据", default=dict, blank=True)
    package = models.JSONField("档案摘要", default=dict, blank=True)
    consented = models.BooleanField("患者知情同意", default=False)
    privileges = ArrayField(models.CharField(max_length=16), default=list, blank=True, verbose_name="优先")
    checklist = models.JSONField("入院前准备", default=list, blank=True)
    appointment_at = models.DateTimeField("预约时间", null=True, blank=True)
    appointment_place = models.CharField("就诊地点", max_length=128, blank=True)
    submitted_at = models.DateTimeField("首次提交时间", null=True, blank=True)
    answered_at = models.DateTimeField("首次答复时间", null=True, blank=True)
    answered_in_time = models.BooleanField("按时答复", null=True, blank=True)
    accepted_at = models.DateTimeField("首次接收时间", null=True, blank=True)
    arrived_at = models.DateTimeField("到诊时间", null=True, blank=True)
    care_kind = models.CharField("接诊方式", max_length=16, choices=Care.choices, blank=True)
    reply = models.JSONField("回复函", default=dict, blank=True)
    plan = models.JSONField("下转方案", default=dict, blank=True)
    destination_reason = models.CharField("去向依据", max_length=256, blank=True)
    outcome_code = models.CharField("结局", max_length=32, blank=True)

    class Meta(Case.Meta):
        verbose_name = verbose_name_plural = "转诊"
        constraints = [
            *Case.Meta.constraints,
            models.UniqueConstraint(
                fields=["resident", "disease", "direction"],
                condition=Q(closed_at__isnull=True),
                name="referral_one_open_per_episode",
            ),
            models.CheckConstraint(
                condition=~Q(home_organization=models.F("counterpart_organization")), name="referral_between_two"
            ),
        ]
        indexes = [
            *Case.Meta.indexes,
            models.Index(fields=["home_organization", "-opened_at"], name="referral_home"),
            models.Index(fields=["counterpart_organization", "-opened_at"], name="referral_counterpart"),
            models.Index(fields=["-opened_at"], name="referral_opened"),
            # of many referrals few are open: what a house sent or received and is not finished
            models.Index(fields=["home_organization"], condition=Q(closed_at=None), name="referral_open_home"),
            models.Index(fields=["counterpart_organization"], condition=Q(closed_at=None), name="referral_open_there"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding:
            who = self.resident
            self.resident_name, self.resident_sex, self.resident_birth_date = who.name, who.sex, who.birth_date
        super().save(*args, **kwargs)

    def concerned(self) -> list[int]:
        mine = (self.signed_organization_id, self.handler_organization_id)
        return sorted({*super().concerned(), *filter(None, mine)})


class Decision(models.Model):
    """What a doctor did with a proposed referral: accepted, changed or dismissed, with the reason. Append-only."""

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", "采纳"
        CHANGED = "changed", "修改后采纳"
        DISMISSED = "dismissed", "不采纳"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+", verbose_name="居民")
    encounter = models.ForeignKey(Encounter, models.PROTECT, null=True, related_name="+", verbose_name="就诊")
    criterion = models.CharField("标准", max_length=96)
    policy_hash = models.CharField("规则版本", max_length=64)
    proposed = models.JSONField("建议")
    verdict = models.CharField("处理", max_length=16, choices=Verdict.choices)
    reason = models.CharField("理由", max_length=32, blank=True)
    note = models.TextField("说明", blank=True)
    referral = models.ForeignKey(Referral, models.PROTECT, null=True, related_name="decisions", verbose_name="转诊")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="机构")
    user_id = models.BigIntegerField("医生", null=True)
    at = models.DateTimeField("时间", default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = "建议处理"
        triggers = [append_only()]
        indexes = [models.Index(fields=["resident", "criterion", "-at"], name="decision_resident")]


class Readiness(models.Model):
    """What the down criteria say of a patient in care (可以下转): the state of the last scan, made anew by each.

    ``proposals`` are the criteria that fire, with rule, source, values and policy version. ``quiet``: dismissed, and
    nothing new since. The row goes when nothing fires any more; a dismissal goes with it.
    """

    referral = models.OneToOneField(
        Referral, models.CASCADE, primary_key=True, related_name="readiness", verbose_name="转诊"
    )
    criteria = ArrayField(models.CharField(max_length=96), default=list, verbose_name="成立的标准")
    proposals = models.JSONField("建议", default=list)
    assessed_at = models.DateTimeField("最近评估", null=True)
    found_at = models.DateTimeField("首次成立")
    scanned_at = models.DateTimeField("最近核对")
    dismissed = ArrayField(models.CharField(max_length=96), default=list, verbose_name="已不采纳的标准")
    dismissed_at = models.DateTimeField("不采纳时间", null=True)
    quiet = models.BooleanField("暂不提示", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "下转建议"
