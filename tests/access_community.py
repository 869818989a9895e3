"""People of every role at a county hospital, at one of its townships and elsewhere, for tests of access."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from django.test import Client

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import Grant, User
from yigongti.registry.organizations.models import Organization

#: logs in as a person: ``enter("family-doctor")``
Enter = Callable[..., Client]
PASSWORD = "correct horse battery"
START = date(2024, 1, 1)
ORGANIZATIONS = [
    # name, code, tier, class, part of
    ("county", "H1", "county", "A100", None),
    ("town", "T1", "township", "C220", "county"),
    ("town2", "T2", "township", "C220", "county"),
    ("foreign", "H9", "county", "A100", None),
]
PEOPLE = [
    # key, role, organisation, subtree
    ("village-doctor", "village-doctor", "town", False),
    ("family-doctor", "family-doctor", "town", False),
    ("office", "referral-office", "county", False),
    ("specialist", "specialist", "county", False),
    ("director", "director", "town", True),
    ("council", "council", "county", True),
    ("commission", "commission", "county", True),
    ("data-office", "data-office", "county", True),
    ("auditor", "auditor", "county", True),
    ("administrator", "administrator", "county", True),
    ("town-administrator", "administrator", "town", False),
    ("foreign-administrator", "administrator", "foreign", True),
]


@dataclass
class Community:
    """What :func:`build` made, by name."""

    organizations: dict[str, Organization] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Actor:
        """The person as an actor, with the grants of now."""
        return User.objects.get(username=key).actor()


def build() -> Community:
    """Build it in the current database."""
    made = Community()
    with acting(SYSTEM):
        for name, code, tier, kind, parent in ORGANIZATIONS:
            made.organizations[name] = Organization.objects.create(
                code=code,
                name=f"测试{name}",
                tier=tier,
                institution_class=kind,
                part_of=made.organizations.get(parent or ""),
                opened_on=START,
            )
        for key, role, where, subtree in PEOPLE:
            person(made, key, role, where, subtree=subtree)
    return made


def person(made: Community, key: str, role: str, where: str, *, subtree: bool = False) -> User:
    """A user with one role at one organisation."""
    with acting(SYSTEM):
        user = User.objects.create_user(key, PASSWORD, name=f"测试{key}")
        Grant.objects.create(user=user, role=role, organization=made.organizations[where], subtree=subtree, start=START)
    made.users[key] = user
    return user
