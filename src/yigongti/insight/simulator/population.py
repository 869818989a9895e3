"""Who the people of the cohort are: identities, addresses, family doctors. Everything here is invented.

Identity numbers are well-formed (GB 11643) for the person's birth date and sex and carry the county code that was in
force at birth; phones begin with 1900, which makes them recognisable as invented.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from yigongti.insight.simulator.bulk import insert_from, rows_into, stage
from yigongti.insight.simulator.cohort import Cohort
from yigongti.insight.simulator.community import Community, Service, village_weight
from yigongti.insight.simulator.lanshan import DEMO_BRANCH
from yigongti.insight.simulator.names import Namer
from yigongti.insight.simulator.people import Staff
from yigongti.kernel.ciphers.columns import encrypt_column, index_column
from yigongti.records.residents.identity import generate
from yigongti.records.residents.models import CareRelation, Resident, SignedCentre

SEED = 20_200_723
ZONE = "AT TIME ZONE 'Asia/Shanghai'"
SIGNED = 0.75
#: county code before and after the change of 1995, and how many are born there
BIRTHPLACES = (
    (("432927", "431127"), 90),
    (("432924", "431126"), 3),
    (("432926", "431129"), 3),
    (("432928", "431128"), 2),
    (("432923", "431124"), 2),
)
RECODED = date(1995, 11, 21)
"""零陵地区 became 永州市."""

#: column of the temporary table: PostgreSQL type
COLUMNS = {
    "id": "uuid",
    "name": "varchar",
    "name_pinyin": "varchar",
    "name_initials": "varchar",
    "other_pinyin": "varchar",
    "other_initials": "varchar",
    "given_name": "varchar",
    "sex": "varchar",
    "birth_date": "date",
    "died_on": "date",
    "area": "varchar",
    "ethnicity": "varchar",
    "insurance_kind": "varchar",
    "registered_at": "timestamp",
    "township": "int8",
    "clinic": "int8",
    "doctor": "int8",
    "signed_since": "date",
    "id_number": "bytea",
    "id_number_index": "bytea",
    "phone": "bytea",
    "phone_index": "bytea",
    "address": "bytea",
}
PLACED = {
    "id": "BIGINT",
    "key": "UUID",
    "township": "BIGINT",
    "clinic": "BIGINT",
    "doctor": "BIGINT",
    "nurse": "BIGINT",
}


@dataclass
class Person:
    """One of the cohort with everything that was invented; ``number`` is the key of the source."""

    number: int
    row: dict[str, Any]
    village_doctor: int


def build(cohort: Cohort, community: Community, staff: Staff, today: date) -> dict[str, int]:
    """Write residents, signings and care relations; tells DuckDB who is where (table ``placed``)."""
    people = list(invent(cohort, community, staff, today))
    stage("incoming_resident", COLUMNS, _sealed(people))
    counts = {
        "residents": _residents(),
        "signings": _signings(),
        "relations": _relations(),
    }
    place(cohort, people)
    return counts


def place(cohort: Cohort, people: list[Person]) -> None:
    """Table ``placed`` in DuckDB: source key, resident key, township, clinic, family doctor, village doctor."""
    rows = (
        (p.number, p.row["id"], p.row["township"], p.row["clinic"], p.row["doctor"], p.village_doctor) for p in people
    )
    rows_into(cohort.database, "placed", PLACED, rows)


def invent(cohort: Cohort, community: Community, staff: Staff, today: date) -> Iterator[Person]:
    """Names, numbers, homes and doctors for the cohort, always the same for the same cohort."""
    chance, orders = Random(SEED), defaultdict[tuple[str, date, str], int](int)  # noqa: S311
    namer, resident = Namer(chance), Resident()
    homes = _homes(community, chance)
    doctors = {b.pk: [m.practitioner.pk for m in staff.ever(b.pk, "family-doctor")] for b in community.branches}
    village = {s.clinic.pk: staff.at(s.clinic.pk, "village-doctor")[0].practitioner.pk for s in community.services}
    found = cohort.database.execute(
        "SELECT id, sex, birth_date, died_on, alarming, registered_at, stable_id(registered_at, 'resident' || id) "
        "FROM person"
    ).fetchall()
    for number, sex, born, died, alarming, registered, key in found:
        service = next(homes[alarming])
        resident.call(namer.name(sex, born.year, service.town.yao and chance.random() < 0.7))
        codes, _ = chance.choices(BIRTHPLACES, [weight for _, weight in BIRTHPLACES])[0]
        place_of_birth = codes[born >= RECODED]
        order = orders[place_of_birth, born, sex]
        orders[place_of_birth, born, sex] += 1
        township = community.organizations[service.branch].pk
        doctor = chance.choice(doctors[township])
        signed = chance.random() < SIGNED
        yield Person(
            number,
            {
                **{name: getattr(resident, name) for name in list(COLUMNS)[1:7]},
                "id": key,
                "sex": sex,
                "birth_date": born,
                "died_on": died,
                "area": service.village.code,
                "ethnicity": "瑶族" if service.town.yao and chance.random() < 0.7 else "汉族",
                "insurance_kind": "职工基本医疗保险" if chance.random() < 0.09 else "城乡居民基本医疗保险",
                "registered_at": registered,
                "township": township,
                "clinic": service.clinic.pk,
                "doctor": doctor,
                "signed_since": _signed_since(today, registered.date(), chance) if signed else None,
                "id_number": generate(born, sex, place_of_birth, order),
                "phone": f"1900{number:07}" if chance.random() < 0.94 else None,
                "address": _address(service, chance),
            },
            village[service.clinic.pk],
        )


def _signed_since(today: date, registered: date, chance: Random) -> date:
    """Contracts run from a New Year on: most since some years ago; newcomers from when they were registered."""
    year = today.year - chance.choices(range(6), (2, 3, 4, 16, 30, 45))[0]
    return max(date(year, 1, 1), registered)


def _homes(community: Community, chance: Random) -> dict[bool, Iterator[Service]]:
    """Where the next person lives: by the size of the villages, the one of the demonstration counted three times.

    The alarming ones live mostly where the demonstration is.
    """
    demo = community.demo_village
    weights = [village_weight(s.village) * (3 if s is demo else 1) for s in community.services]
    near = [service for service in community.services if service.branch == DEMO_BRANCH]

    def anywhere() -> Iterator[Service]:
        while True:
            yield from chance.choices(community.services, weights, k=1000)

    def nearby() -> Iterator[Service]:
        while True:
            yield demo
            yield from chance.sample(near, 2)
            yield chance.choice(community.services)

    return {False: anywhere(), True: nearby()}


def _address(service: Service, chance: Random) -> str:
    return (
        f"湖南省永州市蓝山县{service.town.name}{service.village.name}"
        f"{chance.randint(1, 12)}组{chance.randint(1, 180)}号"
    )


def _sealed(people: list[Person]) -> Iterator[tuple[Any, ...]]:
    """The rows of the temporary table, with numbers, phones and addresses encrypted."""
    numbers = [str(person.row["id_number"]) for person in people]
    phones = [person.row["phone"] for person in people]
    table = Resident._meta.db_table
    sealed = zip(
        encrypt_column(numbers, f"{table}.id_number"),
        index_column(numbers, "id_number"),
        encrypt_column(phones, f"{table}.phone"),
        index_column(phones, "phone"),
        encrypt_column((person.row["address"] for person in people), f"{table}.address"),
        strict=True,
    )
    plain = list(COLUMNS)[:-5]
    for person, secrets in zip(people, sealed, strict=True):
        yield (*(person.row[name] for name in plain), *secrets)


def _residents() -> int:
    taken = [name for name in COLUMNS if name not in ("area", "township", "clinic", "doctor", "signed_since")]
    columns = {name: name for name in taken}
    columns |= {
        "registered_at": f"registered_at {ZONE}",
        "number": "resident_number()",
        "area_id": "area",
        "registered_by_id": "township",
    }
    return insert_from(Resident, "(SELECT * FROM incoming_resident ORDER BY id) found", columns)


def _signings() -> int:
    return insert_from(
        SignedCentre,
        "(SELECT * FROM incoming_resident WHERE signed_since IS NOT NULL ORDER BY id) found",
        {"resident_id": "id", "organization_id": "township", "doctor_id": "doctor", "start": "signed_since"},
    )


def _relations() -> int:
    every = f"""(
        SELECT id, organization, kind, source, since {ZONE} AS since FROM incoming_resident CROSS JOIN LATERAL (VALUES
            (township, 'registered', '', registered_at), (township, 'grid', area, registered_at),
            (clinic, 'grid', area, registered_at), (township, 'signed', '', signed_since::timestamp)
        ) relation (organization, kind, source, since) WHERE since IS NOT NULL ORDER BY id) found"""  # noqa: S608
    return insert_from(
        CareRelation,
        every,
        {"resident_id": "id", "organization_id": "organization", "kind": "kind", "source": "source", "since": "since"},
    )
