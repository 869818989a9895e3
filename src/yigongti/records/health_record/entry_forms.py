"""Forms for what people tell and bring along, and for the correction of single rows that were written here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from django import forms as django_forms
from django.utils import timezone
from pydantic import BaseModel, Field, create_model

from yigongti.kernel.access.acting import acting
from yigongti.kernel.errors import Invalid, NotFound
from yigongti.kernel.ui.fields import ChoicesFrom, LongText
from yigongti.kernel.ui.forms import SchemaForm

from . import services
from .branches import ENTRIES
from .forms import WRITE, AllergyTold, OfRecord, Prescription, coded
from .models import Condition, DiagnosticReport, Entry
from .registers import register_of
from .services.documents import LARGEST
from .services.history import RELATIVES, at_noon

PAIRS = {
    "relatives": [(word, word) for word in RELATIVES],
    "categories": DiagnosticReport.Category.choices,
    "statuses": Condition.Status.choices,
}


class FamilyTold(BaseModel):
    """A disease in the family."""

    relationship: Annotated[str, ChoicesFrom("relatives")] = Field(title="亲属")
    name: str = Field(title="疾病", max_length=128, description="例如 高血压、2 型糖尿病、结直肠癌")
    onset_age: int | None = Field(None, title="发病年龄", ge=0, le=120, description="不知道可不填")
    note: str = Field("", title="说明", max_length=500)


class Vaccination(BaseModel):
    """A vaccination given here, or read from the booklet."""

    name: str = Field(title="疫苗", max_length=128, description="例如 乙肝疫苗、23 价肺炎球菌多糖疫苗")
    on: date | None = Field(None, title="接种日期", description="不填为今天")
    dose_number: int | None = Field(None, title="第几剂", ge=1, le=20)
    batch: str = Field("", title="批号", max_length=64)
    manufacturer: str = Field("", title="生产企业", max_length=128)
    expires_on: date | None = Field(None, title="有效期至")
    body_site: str = Field("", title="部位", max_length=32, description="例如 左上臂")


class ReportTold(BaseModel):
    """A report in words."""

    category: Annotated[str, ChoicesFrom("categories")] = Field(title="类别")
    name: str = Field(title="报告名称", max_length=128, description="例如 腹部彩超、血常规")
    on: date | None = Field(None, title="检查日期", description="不填为今天")
    findings: Annotated[str, LongText] = Field("", title="所见", max_length=2000)
    conclusion: Annotated[str, LongText] = Field("", title="诊断意见", max_length=1000)


class ReportBrought(ReportTold):
    """A report in words, with its picture."""

    content: Any = Field(None, title="附件")


class OfPairs(OfRecord):
    """A form whose choices stand in :data:`PAIRS`."""

    def choices(self, actor: Any) -> dict[str, Any]:
        return dict(PAIRS)


class RecordFamily(OfPairs):
    """A disease in the family."""

    title, submit, schema, done = "登记家族史", "登记", FamilyTold, "已登记家族史。"

    def run(self, actor: Any, data: FamilyTold, *, key: str, version: int | None) -> str:
        services.record_family_history(actor, resident_id=self.resident_id, **data.model_dump())
        return self.go_to()


class RecordImmunization(OfPairs):
    """A vaccination."""

    title, submit, schema, done = "登记预防接种", "登记", Vaccination, "已登记预防接种。"

    def run(self, actor: Any, data: Vaccination, *, key: str, version: int | None) -> str:
        services.record_immunization(actor, resident_id=self.resident_id, **data.model_dump())
        return self.go_to()


class RecordReport(OfPairs):
    """A report that was brought along, with its picture."""

    title, submit, schema, done = "登记检查检验报告", "登记", ReportBrought, "已登记报告。"
    template_name = "record/report.html"

    def form_class(self, actor: Any) -> type[SchemaForm]:
        """With a field for the file."""
        form = super().form_class(actor)
        form.base_fields["content"] = django_forms.FileField(
            label="附件",
            required=False,
            help_text=f"PDF、JPEG 或 PNG，不超过 {LARGEST // 1024 // 1024} MB",
            widget=django_forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png"}),
        )
        return form

    def run(self, actor: Any, data: ReportBrought, *, key: str, version: int | None) -> str:
        given = data.model_dump(exclude={"content"})
        content = data.content.read(LARGEST + 1) if data.content else b""
        services.record_report(actor, resident_id=self.resident_id, content=content, **given)
        return self.go_to()


class ConditionTold(BaseModel):
    """A diagnosis as it should stand."""

    diagnosis: str = Field(title="诊断", max_length=160, description="编码和名称，例如“I10 原发性高血压”")
    onset_on: date | None = Field(None, title="发病或确诊日期")
    status: Annotated[str, ChoicesFrom("statuses")] = Field(title="状态")
    abated_on: date | None = Field(None, title="痊愈日期")


@dataclass(frozen=True)
class Correctable:
    """How a kind is corrected: the form, and columns that it shows under another name."""

    schema: type[BaseModel]
    day: str = ""
    """The column that the form shows as the day ``on``."""


CORRECTIONS: Mapping[str, Correctable] = {
    "allergy": Correctable(AllergyTold),
    "family": Correctable(FamilyTold),
    "immunization": Correctable(Vaccination, day="occurred_at"),
    "medication": Correctable(
        create_model("TakenSince", __base__=Prescription, start=(date, Prescription.model_fields["start"]))
    ),
    "report": Correctable(ReportTold, day="effective_at"),
    "condition": Correctable(ConditionTold),
}
"""Kinds that are corrected by hand in a form of their own; a visit has its screen."""


class CorrectEntry(OfPairs):
    """A row as it should have been written; only those who wrote it may."""

    title, submit, done = "更正记录", "保存更正", "已更正，原记录保留在审计中。"

    def correctable(self) -> Correctable:
        """How this kind is corrected."""
        found = CORRECTIONS.get(self.kwargs["kind"])
        if found is None:
            raise NotFound("这种记录不能在这里更正")
        return found

    def entry(self, actor: Any) -> Entry:
        """The row as it stands, written here."""
        rows = ENTRIES[self.kwargs["kind"]].objects.in_force()
        found = rows.filter(pk=self.kwargs["entry_id"], resident=self.resident(actor)).first()
        if found is None:
            raise NotFound("没有找到这条记录，或者它已被更正、作废", hint="请返回档案，在新的一条上更正")
        actor.require(WRITE, found.organization_id)
        if found.source and found.received_at:
            raise Invalid("这条记录来自其他系统，请在来源系统更正后重新上报")
        return found

    def form_class(self, actor: Any) -> type[SchemaForm]:
        """The form of the kind."""
        self.schema = self.correctable().schema  # type: ignore[misc]
        return super().form_class(actor)

    def initial(self, actor: Any) -> dict[str, Any]:
        entry, how = self.entry(actor), self.correctable()
        known = {name: getattr(entry, name) for name in how.schema.model_fields if hasattr(entry, name)}
        if how.day:
            known["on"] = timezone.localdate(getattr(entry, how.day))
        if isinstance(entry, Condition):
            known["diagnosis"] = f"{entry.code} {entry.name}"
        return known

    def run(self, actor: Any, data: BaseModel, *, key: str, version: int | None) -> str:
        how, changes = self.correctable(), data.model_dump()
        with acting(actor):
            entry = self.entry(actor)
            if "on" in changes:
                day = changes.pop("on")
                if day and day != timezone.localdate(getattr(entry, how.day)):
                    changes[how.day] = at_noon(day)
            if "diagnosis" in changes:
                code, name = coded(changes.pop("diagnosis"))
                changes |= {"code": code, "name": name, "register": register_of(code)}
            services.correct_entry(actor, type(entry), entry.pk, **changes)
        return self.go_to()
