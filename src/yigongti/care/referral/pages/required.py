"""What the quality gate will ask for at submission stands at the fields of the form, before anybody submits.

Wording and numbers come from policy ``referral/quality-gate``; here stands only which field fills which part.
"""

from collections.abc import Mapping

from pydantic import BaseModel

from yigongti.care.referral import rules, schemas
from yigongti.care.referral.findings import URGENCIES
from yigongti.care.referral.models import Referral
from yigongti.kernel.policy.bodies import Gate, Part
from yigongti.kernel.ui.forms import SchemaForm

#: form → field → part of the gate that it fills; the parts that no form asks come from the record
FILLS: Mapping[type[BaseModel], Mapping[str, str]] = {
    schemas.Content: {
        "summary": "summary",
        "reason_codes": "reason",
        "diagnosis": "diagnoses",
        "history": "history",
        "follow_up_on": "follow_up",
        "consented": "consent",
    },
    schemas.Plan: {
        "summary": "discharge_summary",
        "reason_codes": "reason",
        "diagnosis": "diagnoses",
        "drugs": "drug_plan",
        "rehabilitation": "rehabilitation",
        "warning_signs": "warning_signs",
        "next_checks": "next_check",
        "first_contact_on": "follow_up",
        "consented": "consent",
    },
}


def tell(form: type[SchemaForm], case: Referral, schema: type[BaseModel], *, sending: bool) -> None:
    """Say at each field what the gate asks of it; ``sending``: what nothing excuses cannot be left empty."""
    gate = rules.gate(case.places)
    direction = "down" if schema is schemas.Plan else "up"
    parts = {part.id: part for part in gate.parts if not part.directions or direction in part.directions}
    for name, part_id in FILLS.get(schema, {}).items():
        part, field = parts.get(part_id), form.base_fields.get(name)
        if part is None or field is None:
            continue
        field.help_text = "；".join(filter(None, (str(field.help_text), wanted(part, gate))))
        if part.required:
            field.decided = True  # type: ignore[attr-defined]  # not optional: nothing beside the label says so
            field.required = field.required or (sending and not part.waived_for)
            field.widget.is_required = field.required


def wanted(part: Part, gate: Gate) -> str:
    """``提交时必填，不少于 50 字（紧急（红）可后补）：主要现病史、体征和已做的处理``."""
    if not part.required:
        return f"建议填写，计入完整度（不低于 {gate.completeness}%）" if gate.completeness else "建议填写"
    least = f"，不少于 {part.minimum} {part.unit}" if part.minimum > 1 else ""
    excused = "、".join(URGENCIES[urgency] for urgency in URGENCIES if urgency in part.waived_for)
    return f"提交时必填{least}{f'，{excused}可后补' if excused else ''}{f'：{part.hint}' if part.hint else ''}"
