"""The words we use: code systems (ICD-10, ICD-9-CM-3, 诊疗科目 …) and their concepts."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F
from django.db.models.functions import Upper
from django.urls import reverse

from yigongti.registry import pinyin


class CodeSystem(models.Model):
    """A published list of codes."""

    code = models.CharField("标识", max_length=32, primary_key=True)
    name = models.CharField("名称", max_length=128)
    version = models.CharField("版本", max_length=32, blank=True)
    source = models.CharField("来源", max_length=256, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "代码系统"

    def __str__(self) -> str:
        return self.name


class Concept(models.Model):
    """A code with its Chinese name; searched by code, name or pinyin initials."""

    system = models.ForeignKey(CodeSystem, models.CASCADE, related_name="concepts", verbose_name="代码系统")
    code = models.CharField("代码", max_length=32)
    name = models.CharField("名称", max_length=256)
    initials = models.CharField("拼音首字母", max_length=256, blank=True, editable=False)
    parent_code = models.CharField("上级代码", max_length=32, blank=True)
    retired_on = models.DateField("停用日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "概念"
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["system", "code"], name="concept_code_once", violation_error_message="该代码系统中已有此代码"
            )
        ]
        indexes = [
            GinIndex(fields=["name"], opclasses=["gin_trgm_ops"], name="concept_name_trigram"),
            GinIndex(fields=["initials"], opclasses=["gin_trgm_ops"], name="concept_initials_trigram"),
            models.Index(F("system"), OpClass("initials", name="varchar_pattern_ops"), name="concept_initials"),
            models.Index(F("system"), OpClass(Upper("code"), name="text_pattern_ops"), name="concept_code_prefix"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def save(self, **options: Any) -> None:
        """Keep the initials in step with the name."""
        self.initials = pinyin.initials(self.name)
        super().save(**options)

    def get_absolute_url(self) -> str:
        return reverse("terminology:concept", args=[self.pk])
