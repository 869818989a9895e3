"""A consortium may have its own editions of policies; its lead answers for them."""

from collections.abc import Iterator

from yigongti.kernel.policy.places import Place, place_provider
from yigongti.registry.consortia.models import Membership
from yigongti.registry.periods import holding


@place_provider
def leads() -> Iterator[Place]:
    """Every consortium with the organisation that leads it today."""
    leading = Membership.objects.filter(
        holding(), holding(start="consortium__start", until="consortium__until"), role=Membership.Role.LEAD
    ).select_related("consortium")
    for membership in leading:
        yield Place(membership.consortium.code, membership.consortium.name, membership.organization_id)
