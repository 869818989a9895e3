"""The table of permissions is whole."""

from yigongti.kernel.access.matrix import lines, roles
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.access.roles import Role


def test_every_permission_is_held_by_somebody_and_every_role_is_described() -> None:
    assert {line.permission for line in lines()} == set(Permission)
    assert not [line.permission for line in lines() if not line.holders]
    assert all(role.description and role.title for role in roles())


def test_who_administers_sees_no_patients() -> None:
    personal = {Permission.RECORD_READ, Permission.RECORD_WRITE, Permission.RESIDENT_SEARCH}
    for code in ("administrator", "auditor", "data-office", "commission", "council"):
        assert not personal & Role.registry[code].permissions, code
