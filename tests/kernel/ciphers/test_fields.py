"""Encrypted fields and blind indexes in a real table."""

import pickle
from pathlib import Path

import pytest
from ciphers_people import Person, digits, make_table, stored
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, migrations
from django.db.migrations.writer import MigrationWriter

from yigongti.kernel.ciphers import keyfile, keys
from yigongti.kernel.ciphers.blind import blind_index, declare
from yigongti.kernel.ciphers.columns import decrypt_column, encrypt_column, index_column
from yigongti.kernel.ciphers.sm4 import Unreadable

pytestmark = pytest.mark.django_db

NUMBER, PHONE = "431127199001011237", "13812345678"


@pytest.fixture(autouse=True)
def table(db: None, key_file: Path) -> None:
    make_table()


def test_the_database_sees_only_ciphertext() -> None:
    person = Person.objects.create(name="张三", id_number=NUMBER, phone=PHONE)
    for column in ("id_number", "id_number_index", "phone", "phone_index"):
        assert NUMBER.encode() not in stored(column, person)
        assert PHONE.encode() not in stored(column, person)
    again = Person.objects.get(pk=person.pk)
    assert (again.id_number, again.phone) == (NUMBER, PHONE)


def test_found_by_whatever_is_typed() -> None:
    Person.objects.create(name="李四", id_number="x")
    person = Person.objects.create(name="张三", id_number=NUMBER, phone=PHONE)
    assert Person.objects.get(phone_index=blind_index("test_phone", "138-1234 5678")) == person
    assert not Person.objects.filter(phone_index=blind_index("test_phone", "13812345679")).exists()
    assert not Person.objects.filter(phone_index=blind_index("test_phone", "没有")).exists()
    assert [p.name for p in Person.objects.exclude(phone_index=blind_index("test_phone", PHONE))] == ["李四"]
    assert Person.objects.filter(phone__isnull=True).count() == 1


def test_an_index_is_unique() -> None:
    Person.objects.create(name="张三", id_number=NUMBER)
    with pytest.raises(IntegrityError) as caught:
        Person.objects.create(name="张三", id_number=f" {NUMBER} ")
    assert NUMBER not in str(caught.value)


def test_bulk_writing_fills_the_index() -> None:
    people = Person.objects.bulk_create([Person(name=str(n), phone=f"1380000000{n}") for n in range(5)])
    assert Person.objects.get(phone_index=blind_index("test_phone", "13800000003")).name == "3"
    people[3].phone = "13900000000"
    Person.objects.bulk_update(people, ["phone", "phone_index"])
    assert Person.objects.get(phone_index=blind_index("test_phone", "13900000000")).name == "3"
    assert not Person.objects.filter(phone_index=blind_index("test_phone", "13800000003")).exists()


def test_an_index_cannot_be_forgotten() -> None:
    person = Person.objects.create(name="张三", phone=PHONE)
    person.phone = "13900000000"
    with pytest.raises(ValueError, match="name 'phone_index' as well"):
        person.save(update_fields=["phone"])
    person.save(update_fields=["phone", "phone_index"])
    assert Person.objects.filter(phone_index=blind_index("test_phone", "13900000000")).exists()


def test_deferred_and_cleared() -> None:
    person = Person.objects.create(name="张三", phone=PHONE)
    deferred = Person.objects.only("name").get(pk=person.pk)
    deferred.name = "张山"
    deferred.save()
    assert Person.objects.get(phone_index=blind_index("test_phone", PHONE)).name == "张山"
    person.phone = None
    person.save()
    person.refresh_from_db()
    assert (person.phone, person.phone_index) == (None, None)


@pytest.mark.parametrize("lookup", ["phone", "phone__contains", "phone__in", "phone__gt"])
def test_ciphertext_cannot_be_searched(lookup: str) -> None:
    with pytest.raises(FieldError):
        Person.objects.filter(**{lookup: PHONE}).exists()


def test_an_index_is_not_compared_with_text() -> None:
    with pytest.raises(TypeError, match="blind_index"):
        Person.objects.filter(phone_index=PHONE).exists()


def test_a_value_moved_to_another_column_does_not_open() -> None:
    person = Person.objects.create(name="张三", id_number=NUMBER, phone=PHONE)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cipher_test_person SET phone = id_number WHERE id = %s", [person.pk])
    with pytest.raises(Unreadable):
        Person.objects.get(pk=person.pk)


def test_repr_does_not_show() -> None:
    person = Person.objects.create(name="张三", id_number=NUMBER, phone=PHONE)
    again = Person.objects.get(pk=person.pk)
    for shown in (repr(person.__dict__), repr(again.__dict__), repr([again.phone]), f"{[again.id_number]}"):
        assert NUMBER not in shown
        assert PHONE not in shown
    assert f"{again.phone}" == PHONE
    assert pickle.loads(pickle.dumps(again.phone)) == PHONE
    assert list(Person.objects.values_list("phone", flat=True)) == [PHONE]


def test_columns_are_what_the_fields_read() -> None:
    values = [NUMBER, None, "", "431127198501011230"]
    field = Person._meta.get_field("id_number")
    sealed, indexes = list(encrypt_column(values, field.associated)), list(index_column(values, "test_number"))
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY cipher_test_person (name, id_number, id_number_index) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(["text", "bytea", "bytea"])
        for text, index in zip(sealed, indexes, strict=True):
            copy.write_row(("某人", text, index))
    assert list(Person.objects.order_by("id").values_list("id_number", flat=True)) == values
    assert Person.objects.filter(id_number_index=blind_index("test_number", NUMBER)).count() == 1
    assert list(decrypt_column(sealed, field.associated)) == values
    assert indexes[1] is None
    assert indexes[2] is None


def test_both_index_keys_are_tried_until_the_old_one_is_retired(key_file: Path) -> None:
    person = Person.objects.create(name="张三", phone=PHONE)
    keyfile.add(key_file, "index")
    keys.refresh()
    assert len(blind_index("test_phone", PHONE)) == 2
    assert Person.objects.get(phone_index=blind_index("test_phone", PHONE)) == person
    keyfile.retire(key_file, "index")
    keys.refresh()
    assert not Person.objects.filter(phone_index=blind_index("test_phone", PHONE)).exists()


def test_one_label_is_normalised_in_one_way() -> None:
    declare("test_phone", digits)
    with pytest.raises(ValueError, match="normalised both"):
        declare("test_phone", str.strip)


def test_fields_can_be_written_into_migrations() -> None:
    operations = [
        migrations.AddField("person", name, Person._meta.get_field(name).clone()) for name in ("phone", "phone_index")
    ]
    text = MigrationWriter(migrations.Migration("0001", "x")).as_string()
    assert text
    for operation in operations:
        written, _ = MigrationWriter.serialize(operation.field)
        assert "EncryptedTextField" in written or "of='phone'" in written
