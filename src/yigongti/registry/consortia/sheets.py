"""The sheet of memberships."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from yigongti.kernel.access.permissions import Permission
from yigongti.registry.consortia.entries import MembershipEntry, save_membership
from yigongti.registry.consortia.models import Membership
from yigongti.registry.sheets.layout import SheetLayout, declare, row_by_row


def _memberships() -> Iterator[dict[str, Any]]:
    for row in Membership.objects.on().select_related("consortium", "organization").order_by("consortium", "pk"):
        yield {
            "consortium": row.consortium.code,
            "organization": row.organization.code,
            "role": row.role,
            "duties": row.duties,
            "start": row.start,
            "until": row.until,
        }


declare(
    SheetLayout(
        key="memberships",
        order=30,
        title="医共体成员",
        schema=MembershipEntry,
        permission=Permission.CONSORTIUM_EDIT,
        identity=("consortium", "organization", "start"),
        write=row_by_row(save_membership),
        export=_memberships,
        note="医共体要先成立；角色为牵头单位的新行表示从加入日期起更换牵头单位。",
        example={
            "consortium": "431127YGT",
            "organization": "43112700001",
            "role": Membership.Role.BRANCH,
            "duties": "常见病首诊、慢病管理、接收下转",
            "start": date(2020, 7, 23),
        },
    )
)
