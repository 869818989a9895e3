"""A small community: a county hospital leading a township centre with a village station, and a foreign hospital."""

from dataclasses import dataclass
from datetime import date
from itertools import count

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor, GrantedRole
from yigongti.kernel.access.models import User
from yigongti.records.residents import services
from yigongti.records.residents.identity import generate
from yigongti.records.residents.models import Resident
from yigongti.registry.organizations.models import Organization
from yigongti.registry.places.models import Area, Grid
from yigongti.registry.staff.models import Position, Practitioner

_sequence = count()


def organization(code: str, name: str, tier: str, part_of: Organization | None = None) -> Organization:
    return Organization.objects.create(code=code, name=name, tier=tier, institution_class="A100", part_of=part_of)


def works_at(home: Organization, role: str, *reach: Organization, name: str = "") -> Actor:
    """A person with a role at an organisation (and at those below, if named)."""
    user = User.objects.create(username=f"{role}-{home.code}-{next(_sequence)}", name=name or f"{role}@{home.name}")
    covered = frozenset(o.pk for o in (home, *reach))
    return Actor(user.pk, user.name, home.pk, (GrantedRole(role, home.pk, covered),))


@dataclass
class Community:
    """Organisations, places and people of the tests."""

    hospital: Organization
    centre: Organization
    station: Organization
    foreign: Organization
    village: Area
    other_village: Area
    village_doctor: Actor
    family_doctor: Actor
    specialist: Actor
    stranger: Actor

    def resident(self, actor: Actor | None = None, name: str = "王秀英", **details: object) -> Resident:
        """Someone registered at the centre and living in the village."""
        number = generate(date(1958, 3, 12), "2", "431127", next(_sequence) % 500)
        details = {"area_code": self.village.pk, "phone": "13800138000", **details}
        return services.register(actor or self.family_doctor, name=name, id_number=number, **details)

    def practitioner(self, actor: Actor) -> Practitioner:
        return Practitioner.objects.create(code=f"P{actor.user_id}", name=actor.name, sex="1", user_id=actor.user_id)

    def post(self, practitioner: Practitioner, home: Organization) -> Position:
        return Position.objects.create(practitioner=practitioner, organization=home, post="全科医师")


def make_community() -> Community:
    """Insert it all."""
    with acting(SYSTEM):
        hospital = organization("H1", "蓝山县人民医院", "county")
        centre = organization("C1", "楠市镇卫生院", "township")
        station = organization("V1", "上洞村卫生室", "village", centre)
        foreign = organization("H2", "外县医院", "county")
        town = Area.objects.create(code="431127101", name="楠市镇", level="town")
        village = Area.objects.create(code="431127101201", name="上洞村", level="village", parent=town)
        other = Area.objects.create(code="431127102202", name="下洞村", level="village")
        long_ago = date(2000, 1, 1)
        Grid.objects.create(code="G1", name="上洞网格", area=village, centre=centre, station=station, start=long_ago)
        Grid.objects.create(code="G2", name="下洞网格", area=other, centre=hospital, start=long_ago)
        return Community(
            hospital=hospital,
            centre=centre,
            station=station,
            foreign=foreign,
            village=village,
            other_village=other,
            village_doctor=works_at(station, "village-doctor"),
            family_doctor=works_at(centre, "family-doctor", station, name="李医生"),
            specialist=works_at(hospital, "specialist"),
            stranger=works_at(foreign, "specialist"),
        )
