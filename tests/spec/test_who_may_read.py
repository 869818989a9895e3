"""Who may read what of a record: the rule as tables, read by the real database through its row-level security.

+ is read, - is not even counted. A reader belongs to an organisation that wrote none of the rows.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from records_community import Community, make_community, works_at

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor, GrantedRole
from yigongti.kernel.errors import Forbidden, NotFound
from yigongti.kernel.events.outbox import deliver
from yigongti.records.health_record.models import Condition, Encounter
from yigongti.records.health_record.services import record_encounter
from yigongti.records.privacy import services as privacy
from yigongti.records.privacy import settling
from yigongti.records.residents import services as people
from yigongti.records.residents.access import access_resident
from yigongti.records.residents.duties import grids_of_the_day
from yigongti.records.residents.models import CareRelation, Resident
from yigongti.records.residents.services.relations import AFTER_CONTACT
from yigongti.records.residents.services.signing import midnight
from yigongti.registry.places import services as places
from yigongti.registry.places.models import Grid

Kind = CareRelation.Kind
CODES = {
    "普通": "I10",
    "肝炎": "B18",
    "精神": "F20",
    "物质": "F10",
    "艾滋": "B20",
    "流产": "O04",
    "遗传": "Q90",
    "家暴": "T74",
}

RELATION = """
relation     普通 肝炎 精神 物质 艾滋 流产 遗传 家暴
none         -    -    -    -    -    -    -    -
registered   +    +    -    -    -    -    -    -
encounter    +    +    -    -    -    -    -    -
grid         +    +    +    -    -    -    -    -
signed       +    +    +    +    -    -    -    -
referral     +    +    +    -    -    -    +    -
emergency    +    +    +    +    +    +    +    +
shared       +    -    -    -    -    -    -    -
shared-whole +    +    +    +    +    +    +    +
"""
"""A doctor, by the relation of the own organisation. ``emergency``: the one who broke the glass; ``shared``: a code
that leaves out whatever belongs to a category, ``shared-whole`` one that does not."""

HIDDEN = """
relation     普通 肝炎 精神 物质 艾滋 流产 遗传 家暴
signed       +    -    -    -    -    -    -    -
referral     +    -    -    -    -    -    -    -
emergency    +    +    +    +    +    +    +    +
shared-whole +    +    +    +    +    +    +    +
"""
"""The same after the resident hid every category."""

ROLE = """
role             普通 肝炎 精神 物质 艾滋 流产
village-doctor   +    +    +    +    -    -
family-doctor    +    +    +    +    -    -
specialist       +    +    +    +    -    -
referral-office  +    +    -    -    -    -
director         +    +    -    -    -    -
system           +    +    -    -    -    -
pharmacist       0    0    0    0    0    0
insurance-bureau 0    0    0    0    0    0
data-office      0    0    0    0    0    0
auditor          0    0    0    0    0    0
administrator    0    0    0    0    0    0
"""
"""People of the signed centre. 0: the role opens no record at all."""

WROTE = """
role             普通 肝炎 精神 物质 艾滋 流产
specialist       +    +    +    +    +    +
referral-office  +    +    -    -    -    -
director         +    +    -    -    -    -
"""
"""People of the organisation that wrote the rows."""


def table(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows of a table as written above."""
    head, *rows = [line.split() for line in text.strip().splitlines()]
    for name, *cells in rows:
        yield name, dict(zip(head[1:], cells, strict=True))


@pytest.fixture
def community(db: None) -> Community:
    """The small community, protected by the policy that is shipped."""
    made = make_community()
    settling.settle()
    return made


@pytest.fixture
def person(community: Community) -> Resident:
    """Somebody whose diagnoses of every category a hospital wrote."""
    found = community.resident()
    with acting(SYSTEM):
        for code in CODES.values():
            Condition(resident=found, organization=community.hospital, code=code, name="病").save(force_insert=True)
    return found


def themselves(person: Resident, community: Community) -> Actor:
    """The resident, logged in."""
    home = community.centre.pk
    grant = GrantedRole("resident", home, frozenset({home}))
    return Actor(None, person.name, None, (grant,), resident_id=person.pk)


def read(actor: Actor) -> dict[str, str]:
    """What of the eight the actor reads."""
    with acting(actor):
        found = set(Condition.objects.values_list("code", flat=True))
    return {title: "+" if code in found else "-" for title, code in CODES.items()}


def relate(community: Community, person: Resident, kind: str) -> Actor:
    """A doctor outside whose organisation has this relation."""
    doctor = works_at(community.foreign, "family-doctor")
    if kind == "emergency":
        people.open_in_emergency(doctor, resident_id=person.pk, reason="life", text="昏迷抢救用药")
    elif kind.startswith("shared"):
        _, code = privacy.share(themselves(person, community), whole=kind == "shared-whole")
        privacy.redeem(doctor, code=code)
    elif kind != "none":
        with acting(SYSTEM):
            people.open_relation(resident_id=person.pk, organization_id=community.foreign.pk, kind=kind)
    return doctor


@pytest.mark.parametrize(
    ("kind", "expected"), [*table(RELATION)], ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_a_relation_opens_to_a_doctor(
    community: Community, person: Resident, kind: str, expected: dict[str, str]
) -> None:
    assert read(relate(community, person, kind)) == expected


@pytest.mark.parametrize(
    ("kind", "expected"), [*table(HIDDEN)], ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_is_left_when_the_resident_hides(
    community: Community, person: Resident, kind: str, expected: dict[str, str]
) -> None:
    me = themselves(person, community)
    for category in ("infectious", "mental", "substance", "hiv", "reproductive", "genetic", "violence"):
        privacy.hide(me, category=category)
    assert read(relate(community, person, kind)) == expected
    assert set(read(me).values()) == {"+"}, "the person reads everything"


def test_what_a_role_may_see_where_the_resident_is_signed(community: Community, person: Resident) -> None:
    people.sign(community.family_doctor, resident_id=person.pk, organization_id=community.centre.pk)
    for role, expected in table(ROLE):
        actor = works_at(community.centre, role)
        if "0" in expected.values():
            with acting(actor), pytest.raises(Forbidden):
                access_resident(actor, person.pk)
            continue
        seen = read(actor)
        assert {title: seen[title] for title in expected} == expected, role


def test_what_a_role_may_see_where_the_rows_were_written(community: Community, person: Resident) -> None:
    with acting(SYSTEM):
        people.open_relation(resident_id=person.pk, organization_id=community.hospital.pk, kind=Kind.ENCOUNTER)
    for role, expected in table(WROTE):
        seen = read(works_at(community.hospital, role))
        assert {title: seen[title] for title in expected} == expected, role


# ── each relation ends when it should ────────────────────────────────────────────────────────────────────────────────
def opens(actor: Actor, person: Resident) -> bool:
    """Whether the record opens for the actor now."""
    with acting(actor):
        try:
            access_resident(actor, person.pk)
        except NotFound:
            return False
        return True


def referral(community: Community, person: Resident) -> Callable[[], object]:
    given = {"resident_id": person.pk, "organization_id": community.foreign.pk, "kind": Kind.REFERRAL, "source": "up"}
    with acting(SYSTEM):
        people.open_relation(**given)
    return lambda: people.close_relation(**given)


def signing(community: Community, person: Resident) -> Callable[[], object]:
    doctor = works_at(community.foreign, "family-doctor")
    with acting(SYSTEM):
        people.sign(SYSTEM, resident_id=person.pk, organization_id=community.foreign.pk)
    return lambda: people.end_signing(doctor, resident_id=person.pk)


def grid(community: Community, person: Resident) -> Callable[[], object]:
    yesterday = clock.today() - timedelta(days=1)
    taken = places.hand_over(SYSTEM, grid=Grid.objects.get(code="G1"), centre=community.foreign, on=yesterday)
    deliver()
    return lambda: (places.end_grid(SYSTEM, grid=taken), deliver())


def emergency(community: Community, person: Resident) -> Callable[[], object]:
    relate(community, person, "emergency")
    return lambda: CareRelation.objects.filter(kind=Kind.EMERGENCY).update(until=clock.now() - timedelta(seconds=1))


def consented(community: Community, person: Resident) -> Callable[[], object]:
    people.grant_consent(community.family_doctor, resident_id=person.pk, kind="sharing", evidence="本人签字")
    with acting(SYSTEM):
        people.open_relation(resident_id=person.pk, organization_id=community.foreign.pk, kind=Kind.REGISTERED)

    def withdraw() -> None:
        people.withdraw_consent(community.family_doctor, resident_id=person.pk, kind="sharing")
        deliver()

    return withdraw


def shared(community: Community, person: Resident) -> Callable[[], object]:
    me = themselves(person, community)
    made, code = privacy.share(me)
    privacy.redeem(works_at(community.foreign, "specialist"), code=code)
    return lambda: privacy.revoke(me, share_id=made.pk)


LIFE = {
    "转诊：办结即止": referral,
    "签约：解约即止": signing,
    "网格：接管即开，撤销即止": grid,
    "紧急调阅：到分钟即止": emergency,
    "同意共享：撤回即止": consented,
    "授权码：收回即止": shared,
}


@pytest.mark.parametrize("begin", LIFE.values(), ids=LIFE)
def test_a_relation_opens_and_ends(
    community: Community, person: Resident, begin: Callable[[Community, Resident], Callable[[], object]]
) -> None:
    reader = works_at(community.foreign, "specialist")
    if begin in (emergency,):
        reader = replace(reader, user_id=None)
    assert not opens(reader, person)
    end = begin(community, person)
    assert opens(reader, person)
    with acting(SYSTEM):
        end()
    assert not opens(reader, person)


def test_a_grid_handed_over_ahead_changes_hands_on_its_day(community: Community, person: Resident) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    places.hand_over(SYSTEM, grid=Grid.objects.get(code="G1"), centre=community.foreign, on=tomorrow)
    deliver()
    with acting(SYSTEM):
        mine = CareRelation.objects.filter(resident=person, kind=Kind.GRID)
        before = set(mine.in_force().values_list("organization", flat=True))
        assert before == {community.centre.pk, community.station.pk}
        with clock.travelling(clock.now() + timedelta(days=1)):
            grids_of_the_day()
        assert set(mine.filter(until=None).values_list("organization", flat=True)) == {community.foreign.pk}


def test_a_signing_with_a_last_day_opens_the_record_until_then(community: Community, person: Resident) -> None:
    last = clock.today() + timedelta(days=30)
    signed = {"resident_id": person.pk, "organization_id": community.centre.pk}
    people.sign(community.family_doctor, **signed, until=last)
    with acting(SYSTEM):
        relation = CareRelation.objects.get(resident=person, kind=Kind.SIGNED)
    assert relation.until == midnight(last)
    sooner = clock.today() + timedelta(days=7)
    people.end_signing(community.family_doctor, resident_id=person.pk, on=sooner)
    with acting(SYSTEM):
        relation.refresh_from_db()
    assert relation.until == midnight(sooner)


def test_a_visit_opens_the_record_for_a_year_and_somebody_in_treatment_is_not_shut_out(
    community: Community, person: Resident
) -> None:
    with acting(SYSTEM):
        people.open_relation(
            resident_id=person.pk, organization_id=community.foreign.pk, kind=Kind.REFERRAL, source="up"
        )
    doctor = works_at(community.foreign, "specialist")
    visit = record_encounter(doctor, resident_id=person.pk, kind="outpatient")
    with acting(SYSTEM):
        people.close_relation(resident_id=person.pk, kind=Kind.REFERRAL, source="up")
        until = CareRelation.objects.get(resident=person, kind=Kind.ENCOUNTER).until
        assert until == visit.started_at + AFTER_CONTACT
        Encounter.objects.filter(pk=visit.pk).update(status="in-progress", ended_at=None)
    people.grant_consent(community.family_doctor, resident_id=person.pk, kind="sharing", evidence="本人签字")
    people.withdraw_consent(community.family_doctor, resident_id=person.pk, kind="sharing")
    deliver()
    assert opens(doctor, person), "they are there now"
    with acting(SYSTEM):
        Encounter.objects.filter(pk=visit.pk).update(status="finished", ended_at=clock.now())
    people.grant_consent(doctor, resident_id=person.pk, kind="sharing", evidence="本人签字")
    people.withdraw_consent(doctor, resident_id=person.pk, kind="sharing")
    deliver()
    assert not opens(doctor, person)
