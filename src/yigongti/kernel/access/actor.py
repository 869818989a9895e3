"""Who is acting: passed explicitly to every service, never looked up from a global."""

from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from yigongti.kernel.errors import Forbidden

from .permissions import Permission
from .roles import Machine, Role


@dataclass(frozen=True)
class GrantedRole:
    """A role held at an organisation; ``organizations`` is everything the grant covers (the subtree, if granted)."""

    role: str
    organization_id: int
    organizations: frozenset[int]

    @property
    def definition(self) -> type[Role]:
        return Role.registry[self.role]


@dataclass(frozen=True)
class Actor:
    """A user in a role at an organisation, for a purpose.

    ``organization_id`` is where the actor works now; ``resident_id`` is set for residents who look at themselves;
    ``scopes`` is what a token was issued for (None: everything that the roles allow).
    """

    user_id: int | None
    name: str
    organization_id: int | None = None
    grants: tuple[GrantedRole, ...] = ()
    purpose: str = "诊疗"
    resident_id: UUID | None = None
    everything: bool = field(default=False, repr=False)
    scopes: frozenset[str] | None = None

    @cached_property
    def _reach(self) -> dict[Permission, frozenset[int]]:
        reach: dict[Permission, set[int]] = {}
        for grant in self.grants:
            for permission in grant.definition.permissions:
                if self.scopes is not None and permission.value not in self.scopes:
                    continue
                reach.setdefault(permission, set()).update(grant.organizations)
        return {permission: frozenset(where) for permission, where in reach.items()}

    def organizations(self, *permissions: Permission) -> frozenset[int]:
        """Organisations where any of the permissions holds; without argument, where any grant holds."""
        if permissions:
            return frozenset().union(*(self._reach.get(p, frozenset()) for p in permissions))
        return frozenset().union(*(g.organizations for g in self.grants))

    def houses(self, permission: Permission) -> frozenset[int]:
        """Organisations at which the permission is held itself, without those below that a grant reaches over."""
        if self.scopes is not None and permission.value not in self.scopes:
            return frozenset()
        return frozenset(g.organization_id for g in self.grants if permission in g.definition.permissions)

    def may(self, permission: Permission, organization_id: int | None = None) -> bool:
        """Does the permission hold at the organisation (or anywhere, if none is named)?"""
        if self.everything:
            return True
        where = self._reach.get(permission, frozenset())
        return bool(where) if organization_id is None else organization_id in where

    def require(self, permission: Permission, organization_id: int | None = None) -> None:
        """Raise :class:`Forbidden` unless the permission holds."""
        if not self.may(permission, organization_id):
            raise Forbidden(f"您没有“{permission.title}”的权限", hint="如确需办理，请联系本单位系统管理员授权")

    @property
    def roles(self) -> tuple[type[Role], ...]:
        """The distinct roles held, in the order of the grants."""
        return tuple(dict.fromkeys(grant.definition for grant in self.grants))


SYSTEM = Actor(
    user_id=None, name="平台", grants=(GrantedRole(Machine.code, 0, frozenset()),), purpose="定时任务", everything=True
)
