"""What two systems of the demonstration say of its people: most of it fits, some of it is a question for the desk."""

from typing import Any

from yigongti.kernel import clock
from yigongti.records.residents.identity import generate
from yigongti.records.residents.models import Resident, SourceIdentity, SourceSystem
from yigongti.records.residents.services.matching import Tied, tie
from yigongti.registry.organizations.models import Organization

KNOWN, ASKED = 40, 5
SYSTEMS = (("county-his", "县人民医院 HIS", "his"), ("medical-insurance", "医保信息平台", "insurance"))


def build(hospital: Organization) -> Tied:
    """Tell of :data:`KNOWN` people as they are, and of :data:`ASKED` with another valid number; tie them all."""
    for code, title, kind in SYSTEMS:
        SourceSystem.objects.get_or_create(code=code, defaults={"title": title, "kind": kind, "organization": hospital})
    fit = {"identity_kind": "01", "merged_into": None, "died_on": None}
    found = Resident.objects.filter(**fit, id_number_index__isnull=False, phone_index__isnull=False)
    people = list(found.order_by("number")[: KNOWN + ASKED])
    for n, person in enumerate(people):
        code = SYSTEMS[n % 2][0]
        said: dict[str, Any] = {"id_number": str(person.id_number)}
        if n >= KNOWN:  # the same person by every sign but the number, as after a slip at the counter
            said = {"id_number": str(generate(person.birth_date, person.sex, "431127", 400 + n))}
        SourceIdentity.objects.create(
            source_id=code,
            source_key=f"{code[:3].upper()}{n + 1:06d}",
            name=person.name,
            sex=person.sex,
            birth_date=person.birth_date,
            identity_kind="01",
            phone=str(person.phone),
            address=str(person.address) if person.address else None,
            area_id=person.area_id,
            received_at=clock.now(),
            **said,
        )
    return tie()
