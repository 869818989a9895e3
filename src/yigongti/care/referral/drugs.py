"""Continuing drugs of a down-referral: one line each, checked against the destination's formulary (用药目录).

A drug outside is never refused: the plan says so to both sides, with what the destination has of the same class.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from yigongti.kernel.errors import Invalid
from yigongti.medicine.catalogue.queries import Standing, standings

from .schemas import Drug

if TYPE_CHECKING:
    from .models import Referral


def parse(text: str) -> list[Drug]:
    """``药名，用量，频次，天数`` per line. Raises Invalid naming the line."""
    drugs = []
    for number, line in enumerate(filter(None, map(str.strip, text.splitlines())), start=1):
        parts = [part.strip() for part in re.split(r"[，,;；\t]", line)]
        days = re.sub(r"\D", "", parts[3]) if len(parts) > 3 else "28"
        if len(parts) < 3 or not all(parts[:3]) or not days or not 1 <= int(days) <= 84:
            raise Invalid(
                f"接续用药第 {number} 行“{line}”写法不完整",
                hint="一行一种：药名，用量，频次，天数（1–84），例如：氨氯地平片，5mg，每日一次，28",
                field="drugs",
            )
        drugs.append(Drug(name=parts[0], dose=parts[1], frequency=parts[2], days=int(days)))
    return drugs


def written(drugs: Iterable[dict]) -> str:
    """Back to the lines that people edit."""
    return "\n".join(f"{d['name']}，{d['dose']}，{d['frequency']}，{d['days']}" for d in drugs)


def printed(drugs: Iterable[Mapping[str, Any]]) -> str:
    """The lines on paper: what the destination does not have is said beside the drug."""
    lines = []
    for drug in drugs:
        others = "、".join(drug.get("substitutes", ()))
        said = (
            f"（接收机构目录外{'，同类可选' + others if others else ''}）" if drug.get("in_formulary") is False else ""
        )
        lines.append(written([dict(drug)]) + said)
    return "\n".join(lines)


def checked(drugs: Iterable[Drug], organization_id: int) -> list[dict[str, Any]]:
    """The drugs as they stand in a plan, see :func:`placed`."""
    return placed([drug.model_dump() for drug in drugs], organization_id)


def placed(lines: Sequence[Mapping[str, Any]], organization_id: int) -> list[dict[str, Any]]:
    """Lines with how each drug stands at an organisation.

    ``in_formulary`` is True, False, or None when nobody knows what the organisation has; ``substitutes`` are names of
    the same class that it has.
    """
    found = standings(organization_id, [line["name"] for line in lines]) if lines else {}
    return [{**line, **_place(found[line["name"]] if found is not None else None)} for line in lines]


def _place(standing: Standing | None) -> dict[str, Any]:
    if standing is None:
        return {"in_formulary": None, "substitutes": []}
    return {"in_formulary": standing.listed, "substitutes": list(standing.substitutes)}


def shown(case: "Referral") -> list[dict[str, Any]]:
    """The drugs of a plan for the page: what was missing when it was written, and whether it is there by ``now``.

    ``now`` is asked while the case is open; no statement unless something was missing.
    """
    lines: list[dict[str, Any]] = case.plan.get("drugs", [])
    missing = [line["name"] for line in lines if line.get("in_formulary") is False]
    if not missing or not case.is_open or case.counterpart_organization_id is None:
        return lines
    found = standings(case.counterpart_organization_id, missing) or {}
    return [
        {**line, "now": line["name"] in found and found[line["name"]].listed} if line["name"] in missing else line
        for line in lines
    ]
