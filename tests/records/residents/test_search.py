import pytest
from django.db import connection
from records_community import Community

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.errors import Forbidden, Invalid
from yigongti.records.residents import functions, health_code, queries, services
from yigongti.records.residents.models import CareRelation
from yigongti.records.residents.queries import understood

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


def test_a_search_is_two_statements(people: Community, django_assert_num_queries) -> None:
    with acting(people.family_doctor), django_assert_num_queries(2):
        queries.search(people.family_doctor, "wxy")


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
    assert understood("zhangsan").columns == ("name_pinyin", "other_pinyin")
