from datetime import date

import pytest
from django.db import connection
from index_people import tied, told
from records_community import Community, works_at

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.errors import Forbidden, Invalid
from yigongti.records.residents import functions, health_code, queries, services
from yigongti.records.residents.identity import generate
from yigongti.records.residents.models import CareRelation
from yigongti.records.residents.queries import understood
from yigongti.records.residents.services.merging import propose_merge
from yigongti.records.residents.workflow import ResidentMerging

NAMES = ["王秀英", "王秀英", "王秀", "汪晓燕", "欧阳小明", "李小明", "单丽", "阿卜杜拉·买买提"]


@pytest.fixture
def people(community: Community) -> Community:
    for name in NAMES:
        community.resident(name=name)
    return community


def names(actor: Actor, text: str, most: int = 20) -> list[str]:
    with acting(actor):
        return [resident.name for resident in queries.search(actor, text, most)]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("王秀", ["王秀", "王秀英", "王秀英"]),
        ("秀英", ["王秀英", "王秀英"]),
        ("wxy", ["汪晓燕", "王秀英", "王秀英"]),
        ("wangx", ["汪晓燕", "王秀", "王秀英", "王秀英"]),
        ("WANG XIUYING", ["王秀英", "王秀英"]),
        ("小明", ["李小明", "欧阳小明"]),
        ("买买提", ["阿卜杜拉·买买提"]),
        ("shanli", ["单丽"]),
        ("danli", ["单丽"]),
        ("dl", ["单丽"]),
        ("王秀 1958 女", ["王秀", "王秀英", "王秀英"]),
        ("王秀 男", []),
        ("王秀 1957", []),
        ("%", []),
        ("", []),
        ("_秀", []),
        ("不存在", []),
    ],
)
def test_what_people_type_finds_whom_they_mean(people: Community, typed: str, found: list[str]) -> None:
    assert sorted(names(people.family_doctor, typed)) == sorted(found)
    assert names(people.stranger, typed) == []


def test_the_best_come_first_and_no_more_than_wanted(people: Community) -> None:
    assert names(people.family_doctor, "王秀")[0] == "王秀"
    assert len(names(people.family_doctor, "wang", most=2)) == 2
    with acting(SYSTEM):
        assert len(queries.search(SYSTEM, "wang", 50)) == 4


def test_numbers_find_exactly_one(people: Community) -> None:
    someone = people.resident(name="周平", phone="0746-2213456")
    spaced = str(someone.id_number)[:6] + " " + str(someone.id_number)[6:].lower()
    code = health_code.issue(someone.pk, clock.now())
    for typed in (spaced, "07462213456", someone.number.lower(), code):
        assert names(people.family_doctor, typed) == ["周平"], typed
        assert names(people.stranger, typed) == []


def test_all_ways_through_the_search_agree(people: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    """Residents gathered first, candidates asked one by one, and gathered after all when too many are foreign."""
    before = names(people.family_doctor, "wang")
    assert len(before) == 4
    for few, candidates in ((0, 6000), (0, 1), (10_000, 1)):
        sql = functions.SEARCH.replace(f"<= {functions.FEW}", f"<= {few}").replace(f"> {functions.FEW}", f"> {few}")
        sql = sql.replace(f"ELSE {functions.CANDIDATES}", f"ELSE {candidates}")
        sql = sql.replace(f"OFFSET {functions.CANDIDATES}", f"OFFSET {candidates}")
        sql = sql.replace("CREATE FUNCTION residents_search", "CREATE FUNCTION pg_temp.residents_search")
        sql = sql.replace("SECURITY DEFINER", "SECURITY INVOKER")
        with acting(people.family_doctor), connection.cursor() as cursor:
            cursor.execute(sql.replace("SET search_path = public, pg_temp", ""))
            cursor.execute(
                """SELECT name FROM residents_resident
                    WHERE id = ANY (pg_temp.residents_search(%s, 'wang', NULL, NULL, 20))""",
                [["name_initials", "name_pinyin"]],
            )
            assert sorted(row[0] for row in cursor.fetchall()) == sorted(before)
            cursor.execute("DROP FUNCTION pg_temp.residents_search")


def test_an_ended_relation_ends_the_finding(people: Community) -> None:
    CareRelation.objects.update(until=clock.now())
    assert names(people.family_doctor, "王秀") == []


def test_searching_needs_the_permission(people: Community) -> None:
    nobody = Actor(people.family_doctor.user_id, "居民", people.centre.pk)
    with pytest.raises(Forbidden):
        queries.search(nobody, "王")


def test_a_search_is_three_statements(people: Community, django_assert_num_queries) -> None:
    with acting(people.family_doctor), django_assert_num_queries(3):
        queries.search(people.family_doctor, "wxy")


def test_people_are_found_by_what_they_were_known_by(house: Community) -> None:
    clerk = works_at(house.hospital, "data-office")
    one, two = house.resident(name="王秀英"), house.resident(name="章桂兰", phone="")
    for who in (one, two):
        services.receive(
            house.specialist, ticket=services.present(house.specialist, id_number=str(who.id_number))[0].ticket
        )
    case = propose_merge(clerk, one=one.pk, two=two.pk, reason="同一人")
    survivor, loser = (one, two) if case.survivor_id == one.pk else (two, one)
    doctor = house.family_doctor

    def ways(text: str, actor: Actor = doctor) -> list[tuple[object, str]]:
        with acting(actor):
            return [(found.pk, found.known_as) for found in queries.search(actor, text)]

    merged = f"原档案 {loser.number} {loser.name} 已合并到这份档案"
    for typed in (loser.number, str(loser.id_number), loser.name, loser.name_pinyin):
        assert ways(typed) == [(survivor.pk, merged)], typed
        assert ways(typed, house.stranger) == []
    with acting(SYSTEM):
        survivor.refresh_from_db()
        old, new = str(survivor.id_number), generate(survivor.birth_date, "2", "431127", 499)
    services.correct(doctor, resident_id=survivor.pk, version=survivor.version, id_number=new)
    assert ways(str(new)) == [(survivor.pk, "")]
    assert ways(old) == [(survivor.pk, "曾用这个证件号码")]
    advance(clerk, ResidentMerging, case.pk, "unmerge", {"reason": "看错了"})
    assert ways(loser.number) == [(loser.pk, "")]


def test_people_are_found_by_the_number_of_a_hospital(house: Community) -> None:
    resident = house.resident(name="王秀英")
    born = {"name": "王秀英", "sex": "2", "birth_date": resident.birth_date}
    [identity] = tied(told("his", source_key="Z2024-00123", id_number=str(resident.id_number), **born))
    tied(told("lis", source_key="88001234", id_number=str(resident.id_number), **born))
    assert identity.resident_id == resident.pk
    for typed, told_by in (("Z2024-00123", "his Z2024-00123"), ("88001234", "lis 88001234")):
        with acting(house.family_doctor):
            [found] = queries.search(house.family_doctor, typed)
            assert (found.pk, found.known_as) == (resident.pk, told_by)
        assert names(house.stranger, typed) == []
    [other] = tied(told("civil", name="李四", sex="1", birth_date=date(1990, 1, 1), id_number=str(resident.id_number)))
    with acting(SYSTEM):
        both = {found.pk: found.known_as for found in queries.search(SYSTEM, str(resident.id_number))}
    assert both == {resident.pk: "", other.resident_id: "civil 登记过这个证件号码"}


def test_a_person_at_the_desk_shows_who_they_are_and_is_received(people: Community) -> None:
    someone = people.resident(name="周平")
    doctor = people.stranger
    assert services.present(doctor, id_number="431127195803120000") == []
    code = health_code.issue(someone.pk, clock.now())
    for shown in ({"id_number": str(someone.id_number)}, {"health_code": code}):
        [person] = services.present(doctor, **shown)
        assert (person.id, person.name) == (someone.pk, "周平")
    assert services.receive(doctor, ticket=person.ticket).pk == someone.pk
    assert names(doctor, "周平") == ["周平"]


def test_a_ticket_is_for_whom_it_was_made_and_cannot_be_made_up(people: Community) -> None:
    [person] = services.present(people.stranger, id_number=str(people.resident().id_number))
    shown = person.ticket
    for actor, ticket in ((people.specialist, shown), (people.stranger, shown + "x"), (people.stranger, "")):
        with pytest.raises(Invalid):
            services.receive(actor, ticket=ticket)


def test_what_is_typed_is_understood() -> None:
    assert understood("13800138000").phone == "13800138000"
    assert understood("４３１１２７１９５８０３１２１２３ｘ").id_number == "43112719580312123X"
    assert understood("N261121-7K3M9Q2-1-W").id_number == "N2611217K3M9Q21W"
    assert understood("E12345678").id_number == "E12345678"
    assert understood("Z2024-00123").key == "Z2024-00123"
    assert understood("zhangsan").columns == ("name_pinyin", "other_pinyin")
