"""The sheets of the formulary and of what each member supplies."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from yigongti.kernel.access.permissions import Permission
from yigongti.registry.sheets.layout import SheetLayout, declare, row_by_row

from .entries import DrugRow, SupplyRow, save_drug, save_supply
from .models import Drug, Supply

OWNERS = ("formulary__consortium", "formulary__organization")


def _drugs() -> Iterator[dict[str, Any]]:
    for row in Drug.objects.on().select_related(*OWNERS).order_by("formulary", "name", "specification"):
        values = {name: getattr(row, name) for name in DrugRow.model_fields}
        yield {**values, "formulary": row.formulary.code}


def _supplies() -> Iterator[dict[str, Any]]:
    owners = [f"drug__{owner}" for owner in OWNERS]
    rows = Supply.objects.on().select_related("organization", *owners)
    for row in rows.order_by("organization__code", "drug__name"):
        yield {
            "formulary": row.drug.formulary.code,
            "name": row.drug.name,
            "specification": row.drug.specification,
            "organization": row.organization.code,
            "start": row.start,
            "until": row.until,
            "stopped_because": row.stopped_because,
        }


declare(
    SheetLayout(
        key="drugs",
        order=80,
        title="用药目录",
        schema=DrugRow,
        permission=Permission.FORMULARY_EDIT,
        identity=("formulary", "name", "specification"),
        write=row_by_row(save_drug),
        export=_drugs,
        note="同一目录里通用名和规格相同的更新，没有的新增；填了停用日期的从那天起停用，各成员的配备一并结束。",
        example={
            "formulary": "431127YGT",
            "name": "苯磺酸氨氯地平片",
            "specification": "5mg×28片",
            "dosage_form": "片剂",
            "category": "钙通道阻滞剂",
            "atc": "C08CA01",
            "essential": True,
            "aliases": "氨氯地平片",
            "start": date(2026, 1, 1),
        },
    )
)
declare(
    SheetLayout(
        key="drug-supplies",
        most=20_000,
        order=81,
        title="药品配备",
        schema=SupplyRow,
        permission=Permission.FORMULARY_EDIT,
        identity=("formulary", "name", "specification", "organization", "start"),
        write=row_by_row(save_supply),
        export=_supplies,
        note="目录药品要先导入；填了停用日期的从那天起不再配备。",
        example={
            "formulary": "431127YGT",
            "name": "苯磺酸氨氯地平片",
            "specification": "5mg×28片",
            "organization": "43112700001",
            "start": date(2026, 1, 1),
        },
    )
)
