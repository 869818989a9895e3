"""Keys change while people work; a stopped rotation continues; nothing is lost."""

from pathlib import Path

import pytest
from ciphers_people import TABLE, Person, make_table, stored

from yigongti.kernel.ciphers import keyfile, keys, rotation
from yigongti.kernel.ciphers.blind import blind_index

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people(db: None, key_file: Path, monkeypatch: pytest.MonkeyPatch) -> list[Person]:
    monkeypatch.setattr(rotation, "BATCH", 7)
    make_table()
    return Person.objects.bulk_create(
        [Person(name=str(n), id_number=f"4311271990{n:08}", phone=None if n % 3 else f"138{n:08}") for n in range(50)]
    )


def new_keys(key_file: Path, *purposes: str) -> None:
    for purpose in purposes:
        keyfile.add(key_file, purpose)
    keys.refresh()


def run() -> rotation.Outcome:
    return rotation.rotate(lambda table, rows: None, tables=[TABLE], settle=0)[TABLE.table]


def test_every_value_gets_the_new_key(key_file: Path, people: list[Person]) -> None:
    before = [(p.name, str(p.id_number), p.phone) for p in Person.objects.order_by("id")]
    new_keys(key_file, "data", "index")
    assert run() == rotation.Outcome(resealed=50, conflicts=[], left=0)
    assert [(p.name, str(p.id_number), p.phone) for p in Person.objects.order_by("id")] == before
    assert rotation.usage([TABLE]) == {
        f"{TABLE.table}.{column}": {"k2": count}
        for column, count in [("id_number", 50), ("phone", 17), ("id_number_index", 50), ("phone_index", 17)]
    }
    assert len(blind_index("test_number", "431127199000000007")) == 1, "the old index key is retired"
    assert Person.objects.get(id_number_index=blind_index("test_number", "431127199000000007")).name == "7"


def test_the_index_stays_when_only_the_data_key_changes(key_file: Path, people: list[Person]) -> None:
    index = stored("id_number_index", people[0])
    new_keys(key_file, "data")
    assert run().resealed == 50
    assert stored("id_number_index", people[0]) == index


def test_nothing_to_do(people: list[Person]) -> None:
    assert run() == rotation.Outcome()


def test_stopped_and_continued(key_file: Path, people: list[Person]) -> None:
    new_keys(key_file, "data")

    def stop(table: str, rows: int) -> None:
        if rows >= 14:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.rotate(stop, tables=[TABLE], settle=0)
    assert rotation.usage([TABLE])[f"{TABLE.table}.id_number"] == {"k1": 36, "k2": 14}
    assert Person.objects.get(name="49").id_number == "431127199000000049"
    assert run().resealed == 36


def test_what_people_change_meanwhile_wins(key_file: Path, people: list[Person]) -> None:
    new_keys(key_file, "data")
    rows = next(rotation._walk(TABLE))
    changed = Person.objects.get(name="2")
    changed.phone = "13999999999"
    changed.save()
    assert rotation._write(TABLE, rows) == (6, set())
    assert run().left == 0
    assert Person.objects.get(name="2").phone == "13999999999"


def test_a_row_that_a_unique_index_refuses_is_reported(key_file: Path, people: list[Person]) -> None:
    new_keys(key_file, "index")
    double = Person.objects.create(name="双", id_number=people[3].id_number)
    outcome = run()
    assert outcome.conflicts == [str(people[3].pk)]
    assert outcome.resealed == 49
    assert len(blind_index("test_number", "431127199000000003")) == 2, "the old index key is still tried"
    double.delete()
    assert run() == rotation.Outcome(resealed=1)


def test_every_sealed_table_of_the_house_is_found() -> None:
    found = {t.table: t.columns for t in rotation.sealed_tables()}
    assert found["residents_resident"] == ["id_number", "phone", "address", "id_number_index", "phone_index"]
    assert "cipher_test_person" not in found
