"""The document of permissions is the code."""

from pathlib import Path

from yigongti.kernel.access.matrix import lines, markdown, roles
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.access.roles import Role

DOCUMENT = Path(__file__).parents[3] / "docs" / "access.md"


def test_the_document_is_up_to_date() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == markdown(), (
        "python -m yigongti.kernel.access.matrix > docs/access.md"
    )


def test_every_permission_is_held_by_somebody_and_every_role_is_described() -> None:
    assert {line.permission for line in lines()} == set(Permission)
    assert not [line.permission for line in lines() if not line.holders]
    assert all(role.description and role.title for role in roles())


def test_who_administers_sees_no_patients() -> None:
    personal = {Permission.RECORD_READ, Permission.RECORD_WRITE, Permission.RESIDENT_SEARCH}
    for code in ("administrator", "auditor", "data-office", "commission", "council"):
        assert not personal & Role.registry[code].permissions, code
