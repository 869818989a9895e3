"""Statements whose SQL is made once answer what the ORM answers."""

import os
from uuid import uuid4

import psycopg
import pytest
from care_community import Community, build
from django.db import IntegrityError, ProgrammingError, close_old_connections, connection, transaction
from django.db.models import Value
from django.test.utils import CaptureQueriesContext

from yigongti.kernel import prepared
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import User
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.events.models import Outbox
from yigongti.kernel.events.outbox import telling
from yigongti.records.residents.models import Resident

pytestmark = pytest.mark.django_db


@pytest.fixture
def community(db: None) -> Community:
    return build()


def test_a_query_is_a_function_of_its_parameters(community: Community) -> None:
    by_name = prepared.Query(lambda name, mark: User.objects.filter(username=name).annotate(mark=Value(mark)), str, int)
    for _ in range(7):  # PostgreSQL changes to a generic plan after five
        for username, user in community.users.items():
            found = by_name.first(username, 5)
            assert found is not None
            assert (found, found.name, found.mark) == (user, user.name, 5)  # type: ignore[attr-defined]
    assert by_name("nobody", 1) == []


def test_grants_come_along_and_encrypted_columns_are_opened(community: Community) -> None:
    with acting(SYSTEM):
        known = Resident.objects.get(number="R-wang")
        found = prepared.Query(lambda number: Resident.objects.filter(number=number), str).first("R-wang")
    assert found is not None
    assert (found.phone, found.birth_date, found.pk) == (known.phone, known.birth_date, known.pk)


def test_a_parameter_that_is_not_used_is_refused(community: Community) -> None:
    with pytest.raises(TypeError, match="does not use"):
        prepared.Query(lambda name: User.objects.filter(is_active=True), str).first("x")


def test_insert_and_update_write_what_the_orm_reads(community: Community) -> None:
    with acting(SYSTEM):
        resident = community.residents["wang"]
        event = CaseEvent(
            workflow="w", case_id=uuid4(), sequence=1, step="s", from_state="", to_state="a", actor_name="甲",
            at=resident.registered_at, data={"a": [1, None, "’"]}, parties=[1, 2**40], resident_id=resident.pk,
        )  # fmt: skip
        prepared.insert(event)
        found = CaseEvent.objects.get(pk=event.pk)
        assert (found.data, found.parties, found.recorded_at) == (event.data, event.parties, event.recorded_at)
        resident.features, resident.phone = "左眉有痣", "13900000009"
        prepared.update(resident, ["features", "phone", "phone_index"])
        again = Resident.objects.get(pk=resident.pk)
        assert (again.features, again.phone) == ("左眉有痣", "13900000009")
        prepared.update(resident, [])
        with pytest.raises(LookupError):
            prepared.update(Resident(pk=uuid4(), features="x"), ["features"])


def test_several_writes_are_one_statement(community: Community) -> None:
    with acting(SYSTEM):
        resident = community.residents["wang"]
        resident.features = "左眉有痣"
        sent = Outbox.objects.count()
        with CaptureQueriesContext(connection) as heard:
            touched = prepared.together(
                telling("Seen", who="wang"), telling("Seen", who="li"), prepared.updating(resident, ["features"])
            )
        assert (touched, len(heard)) == (1, 1)
        assert Outbox.objects.count() == sent + 2
        assert Resident.objects.get(pk=resident.pk).features == "左眉有痣"
        with pytest.raises(IntegrityError), transaction.atomic():
            prepared.together(telling("Lost"), prepared.inserting(User(pk=community.users["council"].pk, username="x")))
        assert not Outbox.objects.filter(name="Lost").exists()


def test_several_queries_are_read_in_one_statement(community: Community) -> None:
    with acting(SYSTEM), CaptureQueriesContext(connection) as heard:
        found = prepared.read(
            people=User.objects.filter(username__in=["council", "office"])
            .order_by("-username")
            .values("username", "pk"),
            born=Resident.objects.filter(number="R-wang").values("birth_date", "area__name"),
            nobody=User.objects.filter(username="nobody").values("pk"),
        )
    assert len([q for q in heard if "jsonb_agg" in q["sql"]]) == 1
    assert [row["username"] for row in found["people"]] == ["office", "council"]
    assert found["people"][1]["pk"] == community.users["council"].pk
    assert found["born"] == [{"birth_date": "1960-05-01", "area__name": "测试村"}]
    assert found["nobody"] == []


def test_whoever_listens_to_statements_hears_them(community: Community) -> None:
    query = prepared.Query(lambda name: User.objects.filter(username=name), str)
    query("council")
    with CaptureQueriesContext(connection) as heard:
        assert query("council")
    assert len(heard) == 1


def test_errors_are_those_of_django(community: Community) -> None:
    with pytest.raises(ProgrammingError), transaction.atomic():
        prepared.run("SELECT nothing_of_this_name()", [])


@pytest.mark.django_db(transaction=True)
def test_the_first_statement_of_a_request_does_not_meet_a_connection_that_the_server_has_closed() -> None:
    ended = prepared.run("SELECT pg_backend_pid()", [])[0][0][0]
    with psycopg.connect(os.environ["YIGONGTI_TEST_ADMIN_URL"], autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])
    close_old_connections()  # what Django does when a request begins
    assert prepared.run("SELECT pg_backend_pid()", [])[0][0][0] != ended
