"""Continuing drugs of a down-referral: one line each, checked against what the destination can supply."""

import re
from collections.abc import Callable, Iterable

from yigongti.kernel.errors import Invalid

from .schemas import Drug

#: (organisation id, drug names) → the names it can supply; the catalogue room registers itself here
Formulary = Callable[[int, Iterable[str]], set[str]]
_formulary: list[Formulary] = []


def formulary(source: Formulary) -> Formulary:
    """Register who knows what an organisation can supply."""
    _formulary[:] = [source]
    return source


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


def checked(drugs: Iterable[Drug], organization_id: int) -> list[dict]:
    """The drugs with ``in_formulary``: True, False, or None when nobody knows the destination's formulary."""
    listed = list(drugs)
    known = _formulary[0](organization_id, [drug.name for drug in listed]) if _formulary else None
    return [drug.model_dump() | {"in_formulary": drug.name in known if known is not None else None} for drug in listed]
