"""Which screen is one's own: by role and by where one works."""

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import NotFound

from .definitions import Screen, screens
from .reach import Place, Reach


def screen_of(reach: Reach, place: Place) -> Screen:
    """The screen in force for a unit. Raises NotFound."""
    level = "county" if place.level == "all" else place.level
    for policy in screens(reach.codes(place)):
        if policy.level == level:
            return policy
    raise NotFound("这一级没有运行监测屏", hint="在规则中写一个 kind: dashboard 的文件")


def own_screen(actor: Actor, reach: Reach, role: str = "") -> tuple[Screen, Place] | None:
    """The screen of the actor's role (of one role, if named) and its unit; None where nothing is computed for it.

    A role that no screen names sees the screen of the unit in which it works.
    """
    chain = chain_of(actor, reach)
    policies = screens(reach.codes(chain[-1])) if chain else []
    held = [grant.role for grant in actor.grants if not role or grant.role == role]
    wanted = [policy for code in held for policy in policies if code in policy.roles]
    for policy in [*wanted, *(() if role else reversed(policies))]:
        if place := next((place for place in chain if place.level == policy.level), None):
            return policy, place
    return None


def chain_of(actor: Actor, reach: Reach) -> list[Place]:
    """The units to which the organisation belongs in which the actor works, the widest first."""
    house = reach.by_address.get(("organization", str(actor.organization_id)))
    if house:
        return reach.path(house)
    counties = [place for place in reach.places if place.level == "county"]
    return counties if len(counties) == 1 else []
