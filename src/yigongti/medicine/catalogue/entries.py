"""What a person writes about a drug or its supply, in a form or in a row of a spreadsheet."""

from datetime import date
from typing import Annotated, Any, cast

from pydantic import BaseModel, Field

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import NotFound
from yigongti.kernel.ui.fields import ChoicesFrom
from yigongti.registry.organizations.entries import Code, needed
from yigongti.registry.sheets.layout import Outcome, differs

from . import services
from .models import Drug, Formulary
from .queries import formularies


class DrugEntry(BaseModel):
    """A drug of a formulary."""

    name: str = Field(title="通用名", min_length=2, max_length=128, description="含盐基和剂型，如 苯磺酸氨氯地平片")
    specification: str = Field(title="规格", min_length=1, max_length=64, description="如 5mg×28片")
    dosage_form: str = Field(title="剂型", min_length=1, max_length=32, description="如 片剂、胶囊、注射剂、吸入剂")
    category: str = Field("", title="类别", max_length=64, description="药理类别；同类的药会作为替代建议")
    atc: str = Field(
        "", title="ATC 编码", pattern=r"^([A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?)?$", description="如 C08CA01"
    )
    national_code: str = Field("", title="国家药品编码", pattern=r"^[0-9A-Z]{0,32}$")
    essential: bool = Field(False, title="国家基本药物")
    aliases: str = Field("", title="别名", max_length=256, description="用顿号隔开，如 络活喜、氨氯地平片")
    source: str = Field("", title="依据", max_length=256)
    start: date = Field(default_factory=clock.today, title="生效日期")

    def details(self) -> services.Details:
        """What the services take."""
        values: Any = self.model_dump(include=set(DrugEntry.model_fields))
        return cast(services.Details, values)


class NewDrug(DrugEntry):
    """A drug to take into one of the formularies that a person keeps, and who supplies it from the start."""

    formulary: Annotated[int, ChoicesFrom("formularies")] = Field(title="目录")
    suppliers: Annotated[list[int], ChoicesFrom("members")] = Field(default_factory=list, title="配备单位")


class DrugRow(DrugEntry):
    """A drug in a spreadsheet; a row with a day of stopping needs its reason."""

    formulary: str = Field(title="目录代码", min_length=1, description="医共体代码，或单独机构的机构代码")
    until: date | None = Field(None, title="停用日期")
    stopped_because: str = Field("", title="停用原因", max_length=256)


class SupplyRow(BaseModel):
    """A member supplies a drug, in a spreadsheet."""

    formulary: str = Field(title="目录代码", min_length=1, description="医共体代码，或单独机构的机构代码")
    name: str = Field(title="通用名", min_length=2, max_length=128)
    specification: str = Field(title="规格", min_length=1, max_length=64)
    organization: Code = Field(title="机构代码", min_length=1)
    start: date = Field(default_factory=clock.today, title="配备日期")
    until: date | None = Field(None, title="停用日期")
    stopped_because: str = Field("", title="停用原因", max_length=256)


class Stopping(BaseModel):
    """From which day on, and why."""

    on: date = Field(default_factory=clock.today, title="停用日期")
    reason: str = Field(title="停用原因", min_length=2, max_length=256, description="如 停产断供、集采更换、安全性警示")


class SupplyEntry(BaseModel):
    """Which member supplies a drug from which day on."""

    organization: Annotated[int, ChoicesFrom("members")] = Field(title="配备单位")
    start: date = Field(default_factory=clock.today, title="配备日期")


def formulary_by_code(actor: Actor, code: str) -> Formulary:
    """The formulary of a consortium or organisation with a code, within the actor's reach."""
    found = next((one for one in formularies(actor) if one.code == code), None)
    if found is None:
        raise NotFound(f"没有代码为 {code} 的医共体或机构的用药目录", hint="请核对目录代码", field="formulary")
    return found


def save_drug(actor: Actor, entry: DrugRow) -> Outcome:
    """Take the drug in, change what differs, or stop it."""
    formulary, details = formulary_by_code(actor, entry.formulary), entry.details()
    rows = Drug.objects.filter(formulary=formulary, name=entry.name, specification=entry.specification)
    present = rows.filter(start=entry.start).first() or rows.filter(until=None).first()
    outcome = Outcome.UNCHANGED
    if present is None:
        present, outcome = services.add_drug(actor, formulary=formulary, **details), Outcome.ADDED
    elif differs(present, details):
        present, outcome = services.edit_drug(actor, drug=present, **details), Outcome.CHANGED
    if entry.until and present.until != entry.until:
        services.stop_drug(actor, drug=present, on=entry.until, reason=entry.stopped_because or "目录调整")
        outcome = Outcome.CHANGED if outcome == Outcome.UNCHANGED else outcome
    return outcome


def save_supply(actor: Actor, entry: SupplyRow) -> Outcome:
    """Begin the supply, or end it."""
    formulary, organization = formulary_by_code(actor, entry.formulary), needed(entry.organization)
    drug = Drug.objects.filter(formulary=formulary, name=entry.name, specification=entry.specification).on(entry.start)
    found = drug.first()
    if found is None:
        raise NotFound(f"目录里没有 {entry.name} {entry.specification}", hint="请先导入目录药品", field="name")
    present, outcome = found.supplies.on(entry.start).filter(organization=organization).first(), Outcome.UNCHANGED
    if present is None:
        present = services.supply(actor, drug=found, organization=organization, start=entry.start)
        outcome = Outcome.ADDED
    if entry.until and present.until != entry.until:
        services.stop_supply(actor, supply=present, on=entry.until, reason=entry.stopped_because or "目录调整")
        outcome = Outcome.CHANGED if outcome == Outcome.UNCHANGED else outcome
    return outcome
