"""Who may do what, as a table: the page and ``docs/access.md`` are the same table, made from the code.

``make docs`` writes the document; ``make check`` compares.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .permissions import Permission
from .roles import Machine, Role

HEAD = """# Who may do what (权限一览)

Made from `kernel/access/roles.py` and `permissions.py` by `make docs`; `make check` keeps it true.
A permission always holds at the organisations of the grant: the one named, or everything below it if the grant says so.
Patient data needs a care relation besides (row-level security, see [security.md](security.md)).
Roles marked ★ log in with a second factor.
"""


@dataclass(frozen=True)
class Line:
    """A permission with the roles that hold it."""

    permission: Permission
    holders: frozenset[str]


def roles() -> list[type[Role]]:
    """The roles of the table: all that can be granted."""
    return [role for role in Role.registry.values() if role is not Machine]


def lines() -> list[Line]:
    """A line for each permission, in the order of the declaration."""
    return [
        Line(permission, frozenset(role.code for role in roles() if permission in role.permissions))
        for permission in Permission
    ]


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def markdown() -> str:
    """The document."""
    shown = roles()
    table = [_row(["权限", *(role.title + ("★" if role.privileged else "") for role in shown)])]
    table.append(_row(["---", *(":-:" for _ in shown)]))
    for line in lines():
        marks = ("●" if role.code in line.holders else "" for role in shown)
        table.append(_row([f"{line.permission.title} `{line.permission.value}`", *marks]))
    about = [f"- **{role.title}** `{role.code}`：{role.description}" for role in shown]
    return "\n".join([HEAD, "## 角色", "", *about, "", "## 权限", "", *table, ""])
