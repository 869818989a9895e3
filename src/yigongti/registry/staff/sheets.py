"""The sheet of staff: one row for each post that is held."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from yigongti.kernel.access.permissions import Permission
from yigongti.registry.sheets.layout import Choices, SheetLayout, declare, row_by_row
from yigongti.registry.staff.entries import PractitionerEntry, StaffEntry, save_staff
from yigongti.registry.staff.models import Position

SEXES = {"1": "男", "2": "女"}


def _choices() -> Choices:
    return {"sex": SEXES}


def _staff() -> Iterator[dict[str, Any]]:
    held = Position.objects.on().select_related("practitioner", "organization", "department")
    for row in held.order_by("practitioner__code", "pk"):
        yield {
            **{name: getattr(row.practitioner, name) for name in PractitionerEntry.model_fields},
            "organization": row.organization.code,
            "department": row.department.name if row.department else "",
            "post": row.post,
            "kind": row.kind,
            "start": row.start,
            "until": row.until,
        }


declare(
    SheetLayout(
        key="staff",
        order=40,
        title="人员与任职",
        schema=StaffEntry,
        permission=Permission.STAFF_EDIT,
        identity=("code", "organization", "post", "start"),
        write=row_by_row(save_staff),
        export=_staff,
        choices=_choices,
        note="一行是一个人的一个岗位；同一工号的多行表示多个岗位。",
        example={
            "code": "LS0001",
            "name": "李医生",
            "sex": "2",
            "title": "主治医师",
            "organization": "43112700001",
            "department": "全科医疗科",
            "post": "家庭医生",
            "kind": Position.Kind.EMPLOYED,
            "start": date(2021, 3, 1),
        },
    )
)
