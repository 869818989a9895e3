"""The excerpt of the record that travels with a referral, as it stood when the case was made."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from yigongti.kernel import clock
from yigongti.records.health_record.models import (
    AllergyIntolerance,
    Condition,
    DocumentReference,
    Encounter,
    MedicationStatement,
    Observation,
)
from yigongti.records.health_record.observations import ASSESSED, CATALOGUE
from yigongti.records.residents.models import Resident

from . import rules

#: answers that are kept as numbers
YES_OR_NO: dict[tuple[str, Decimal | None], str] = {("smoking", Decimal(1)): "是", ("smoking", Decimal(0)): "否"}


def excerpt(resident: Resident, places: rules.Places) -> dict[str, Any]:
    """Conditions, medications, allergies, latest results, recent visits and documents. Six statements."""
    now = clock.now()
    since = now - timedelta(days=rules.option("recent_results_days", places))
    mine: dict[str, Any] = {"resident": resident, "replaced_by": None, "voided_reason": ""}
    measured = Observation.objects.filter(**mine, effective_at__gte=since).exclude(code__in=sorted(ASSESSED))
    results = measured.order_by("code", "-effective_at").distinct("code")
    visits = (
        Encounter.objects.filter(**mine, started_at__lte=now).select_related("organization").order_by("-started_at")
    )
    current = MedicationStatement.objects.filter(**mine).exclude(until__lt=clock.today())
    return {
        "conditions": [
            {"code": c.code, "name": c.name, "since": _day(c.onset_on), "register": c.register}
            for c in Condition.objects.filter(**mine).exclude(status=Condition.Status.RESOLVED).order_by("onset_on")
        ],
        "medications": [
            {"name": m.name, "dose": m.dose, "frequency": m.frequency, "since": _day(m.start)} for m in current
        ],
        "allergies": [
            {"substance": a.substance, "reaction": a.reaction} for a in AllergyIntolerance.objects.filter(**mine)
        ],
        "results": [
            {
                "code": o.code,
                "name": _name(o.code),
                "value": YES_OR_NO.get((o.code, o.value)) or _value(o),
                "unit": o.unit,
                "at": o.effective_at.isoformat(),
            }
            for o in results
        ],
        "encounters": [
            {
                "id": str(e.pk),
                "kind": e.get_kind_display(),
                "at": e.started_at.isoformat(),
                "organization": e.organization.name,
                "assessment": e.assessment,
            }
            for e in visits[: rules.option("recent_encounters", places)]
        ],
        "documents": [
            {"id": str(pk), "title": title}
            for pk, title in DocumentReference.objects.filter(**mine, recorded_at__gte=since).values_list("id", "title")
        ],
        "reachable": bool(resident.phone),
        "taken_at": now.isoformat(),
    }


def _day(day: Any) -> str | None:
    return day.isoformat() if day else None


def _name(code: str) -> str:
    known = CATALOGUE.get(code)
    return known.name.split("（1 是")[0] if known else code


def _value(observation: Observation) -> str:
    if observation.value is None:
        return observation.text
    known = CATALOGUE.get(observation.code)
    return known.text(observation.value) if known else format(observation.value.normalize(), "f")


def pressure(package: dict[str, Any]) -> str:
    """The latest blood pressure in words, if there is one."""
    values = {item["code"]: item["value"] for item in package.get("results", [])}
    return f"血压 {values['sbp']}/{values['dbp']} mmHg" if {"sbp", "dbp"} <= values.keys() else ""


def summary(resident: Resident, package: dict[str, Any], reason: str, complaint: str, today: str) -> str:
    """A first draft of the summary (主要病情) from what the record knows; the doctor completes it."""
    sex = resident.get_sex_display()
    known = "、".join(item["name"] for item in package["conditions"][:6])
    results = "，".join(f"{i['name']} {i['value']}{i['unit']}" for i in package["results"][:8])
    drugs = "；".join(f"{i['name']} {i['dose']} {i['frequency']}" for i in package["medications"][:6])
    lines = [
        f"患者{sex}，{clock.today().year - resident.birth_date.year}岁"
        + (f"，{complaint}" if complaint else "")
        + "。",
        f"本次：{today}。" if today else "",
        f"既往：{known}。" if known else "既往无慢性病记录。",
        f"近期结果：{results}。" if results else "",
        f"目前用药：{drugs}。" if drugs else "目前无用药记录。",
        f"转诊理由：{reason}。" if reason else "",
    ]
    return "\n".join(filter(None, lines))
