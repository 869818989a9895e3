"""The sheets of organisations and departments."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from yigongti.kernel.access.permissions import Permission
from yigongti.registry.organizations.entries import (
    DepartmentRow,
    OrganizationEntry,
    save_department,
    save_organization,
)
from yigongti.registry.organizations.models import Department, Organization
from yigongti.registry.sheets.layout import Choices, SheetLayout, declare, row_by_row
from yigongti.registry.terminology import shipped


def _code_lists() -> Choices:
    return {
        "institution_class": dict(shipped.institution_classes()),
        "level": dict(shipped.hospital_levels()),
        "management_type": dict(shipped.management_types()),
    }


def _organizations() -> Iterator[dict[str, Any]]:
    for row in Organization.objects.on().select_related("part_of"):
        values = {name: getattr(row, name) for name in OrganizationEntry.model_fields}
        yield {**values, "part_of": row.part_of.code if row.part_of else ""}


def _departments() -> Iterator[dict[str, Any]]:
    for row in Department.objects.on().select_related("organization"):
        values = {name: getattr(row, name) for name in DepartmentRow.model_fields}
        yield {**values, "organization": row.organization.code}


declare(
    SheetLayout(
        key="organizations",
        order=10,
        title="机构",
        schema=OrganizationEntry,
        permission=Permission.ORGANIZATION_EDIT,
        identity=("code",),
        write=row_by_row(save_organization),
        export=_organizations,
        choices=_code_lists,
        note="机构代码已有的更新，没有的新增；撤销机构请到机构页面办理。",
        example={
            "code": "43112700001",
            "name": "塔峰镇卫生院",
            "tier": Organization.Tier.TOWNSHIP,
            "institution_class": "C220",
            "part_of": "431127WJJ",
            "area_code": "431127001",
            "opened_on": date(1985, 1, 1),
        },
    )
)
declare(
    SheetLayout(
        key="departments",
        order=20,
        title="科室",
        schema=DepartmentRow,
        permission=Permission.ORGANIZATION_EDIT,
        identity=("organization", "name", "opened_on"),
        write=row_by_row(save_department),
        export=_departments,
        note="诊疗科目填代码，如 03.04；填了停办日期的科室从那天起停办。",
        example={"organization": "43112700001", "code": "02", "name": "全科医疗科", "opened_on": date(2015, 1, 1)},
    )
)
