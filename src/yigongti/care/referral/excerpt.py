"""The excerpt of the record that travels with a referral, as it stood when the case was made."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from yigongti.kernel import clock, prepared
from yigongti.records.health_record.models import (
    AllergyIntolerance,
    Condition,
    DocumentReference,
    Encounter,
    MedicationStatement,
    Observation,
)
from yigongti.records.health_record.observations import ASSESSED, CATALOGUE
from yigongti.records.privacy.sight import travels
from yigongti.records.residents.models import Resident

from . import rules

#: answers that are kept as numbers
YES_OR_NO: dict[tuple[str, Decimal | None], str] = {("smoking", Decimal(1)): "是", ("smoking", Decimal(0)): "否"}


def excerpt(resident: Resident, places: rules.Places) -> dict[str, Any]:
    """Conditions, medications, allergies, latest results, recent visits and documents. One statement.

    Protected rows stay at home: whoever receives the referral asks the record, where its own rules hold.
    """
    now = clock.now()
    since = now - timedelta(days=rules.option("recent_results_days", places))
    mine: dict[str, Any] = {"resident": resident, "replaced_by": None, "voided_reason": ""}
    leaving = travels()
    current = Condition.objects.filter(leaving, **mine).exclude(status=Condition.Status.RESOLVED).order_by("onset_on")
    taken = MedicationStatement.objects.filter(leaving, **mine).exclude(until__lt=clock.today())
    measured = Observation.objects.filter(leaving, **mine, effective_at__gte=since).exclude(code__in=sorted(ASSESSED))
    latest = measured.order_by("code", "-effective_at").distinct("code")
    visits = Encounter.objects.filter(leaving, **mine, started_at__lte=now).order_by("-started_at")
    found = prepared.read(
        conditions=current.values("code", "name", "onset_on", "register"),
        medications=taken.values("name", "dose", "frequency", "start"),
        allergies=AllergyIntolerance.objects.filter(**mine).values("substance", "reaction"),
        results=latest.values("code", "value", "text", "unit", "effective_at"),
        encounters=visits.values("id", "kind", "started_at", "organization__name", "assessment")[
            : rules.option("recent_encounters", places)
        ],
        documents=DocumentReference.objects.filter(leaving, **mine, recorded_at__gte=since).values("id", "title"),
    )
    return {
        "conditions": [_renamed(row, onset_on="since") for row in found["conditions"]],
        "medications": [_renamed(row, start="since") for row in found["medications"]],
        "allergies": found["allergies"],
        "results": [
            {
                "code": row["code"],
                "name": _name(row["code"]),
                "value": YES_OR_NO.get((row["code"], row["value"])) or _value(**row),
                "unit": row["unit"],
                "at": row["effective_at"],
            }
            for row in found["results"]
        ],
        "encounters": [
            _renamed(row, started_at="at", organization__name="organization")
            | {"kind": str(Encounter.Kind(row["kind"]).label)}
            for row in found["encounters"]
        ],
        "documents": found["documents"],
        "reachable": bool(resident.phone),
        "taken_at": now.isoformat(),
    }


def _renamed(row: dict[str, Any], **names: str) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in row.items()}


def _name(code: str) -> str:
    known = CATALOGUE.get(code)
    return known.name.split("（1 是")[0] if known else code


def _value(code: str, value: Decimal | None, text: str, **_: Any) -> str:
    if value is None:
        return text
    known = CATALOGUE.get(code)
    return known.text(value) if known else format(value.normalize(), "f")


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
