"""What people tell and bring along: diseases in the family, vaccinations, reports of other houses on paper."""

from datetime import date, datetime, time
from uuid import UUID

from django.utils import timezone

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import Conflict, Invalid

from ..models import DiagnosticReport, Entry, FamilyMemberHistory, Immunization
from .documents import attach
from .problems import write_entry

RELATIVES = ("父亲", "母亲", "兄弟姐妹", "子女", "祖父母", "外祖父母", "其他亲属")
NOON = time(12)


def record_family_history(
    actor: Actor,
    *,
    resident_id: UUID,
    relationship: str,
    name: str,
    code: str = "",
    onset_age: int | None = None,
    deceased: bool | None = None,
    note: str = "",
) -> FamilyMemberHistory:
    """A disease of a relative. Raises Conflict if the same is on record already."""
    told = FamilyMemberHistory(
        relationship=relationship,
        name=name.strip(),
        code=code.strip().upper(),
        onset_age=onset_age,
        deceased=deceased,
        told_on=clock.today(),
        note=note.strip(),
    )
    check(told)
    with acting(actor):
        write_entry(actor, resident_id, told, check=_refuse_same_relative)
        return told


def record_immunization(
    actor: Actor,
    *,
    resident_id: UUID,
    name: str,
    on: date | None = None,
    dose_number: int | None = None,
    batch: str = "",
    manufacturer: str = "",
    expires_on: date | None = None,
    body_site: str = "",
) -> Immunization:
    """A vaccination given here or read from the booklet; known to the day. Raises Conflict for the same twice a day."""
    given = Immunization(
        name=name.strip(),
        occurred_at=at_noon(on),
        dose_number=dose_number,
        batch=batch.strip(),
        manufacturer=manufacturer.strip(),
        expires_on=expires_on,
        body_site=body_site.strip(),
    )
    check(given)
    with acting(actor):
        write_entry(actor, resident_id, given, check=_refuse_same_dose)
        return given


def record_report(
    actor: Actor,
    *,
    resident_id: UUID,
    category: str,
    name: str,
    on: date | None = None,
    findings: str = "",
    conclusion: str = "",
    content: bytes = b"",
) -> DiagnosticReport:
    """A report of a laboratory or an examination, in words; ``content`` is its picture or PDF, kept as a document."""
    report = DiagnosticReport(
        category=category,
        name=name.strip(),
        effective_at=at_noon(on),
        findings=findings.strip(),
        conclusion=conclusion.strip(),
    )
    check(report)
    if not (report.findings or report.conclusion or content):
        raise Invalid("请填写所见或诊断意见，或者附上报告", field="conclusion")
    with acting(actor):
        write_entry(actor, resident_id, report)
        if content:
            attach(actor, resident_id=resident_id, title=report.name, kind="report", content=content)
        return report


def at_noon(on: date | None) -> datetime:
    """Now, or noon of a day before today, for what is known to the day. Raises Invalid for a day to come."""
    if on is None or on == clock.today():
        return clock.now()
    if on > clock.today():
        raise Invalid("日期不能晚于今天", field="on")
    return timezone.make_aware(datetime.combine(on, NOON))


def check(entry: FamilyMemberHistory | Immunization | DiagnosticReport) -> None:
    """What holds for these rows, written or corrected. Raises Invalid with the field."""
    if isinstance(entry, FamilyMemberHistory):
        if entry.relationship not in RELATIVES:
            raise Invalid("请选择亲属", field="relationship")
        if entry.onset_age is not None and entry.onset_age > 120:
            raise Invalid("发病年龄应在 0 到 120 岁之间", field="onset_age")
    if isinstance(entry, Immunization):
        if entry.dose_number is not None and not 1 <= entry.dose_number <= 20:
            raise Invalid("剂次应在 1 到 20 之间", field="dose_number")
        if entry.expires_on and entry.expires_on < timezone.localdate(entry.occurred_at):
            raise Invalid("接种那天疫苗已过有效期，请核对", field="expires_on")
    if isinstance(entry, DiagnosticReport) and entry.category not in DiagnosticReport.Category.values:
        raise Invalid("请选择报告类别", field="category")
    if not entry.name:
        raise Invalid("请填写名称", field="name")


def _refuse_same_relative(told: Entry) -> None:
    assert isinstance(told, FamilyMemberHistory)
    same = FamilyMemberHistory.objects.in_force().filter(resident_id=told.resident_id, relationship=told.relationship)
    if same.filter(name=told.name).exists():
        raise Conflict(f"已登记过{told.relationship}的{told.name}", field="name")


def _refuse_same_dose(given: Entry) -> None:
    assert isinstance(given, Immunization)
    day = timezone.localdate(given.occurred_at)
    same = Immunization.objects.in_force().filter(resident_id=given.resident_id, name=given.name)
    if same.filter(occurred_at__date=day).exists():
        raise Conflict(f"{day:%Y-%m-%d} 已登记过{given.name}", field="name")
