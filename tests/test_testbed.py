"""What every test may rely on."""

import pytest
from django.db import connection, connections


@pytest.mark.django_db
def test_tests_act_as_the_role_that_serves_people() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('is_superuser')")
        assert cursor.fetchone() == ("yigongti_app", "off")
        cursor.execute("SELECT count(*) FROM django_migrations")
        assert cursor.fetchone()[0] > 0


@pytest.mark.django_db(databases=["default", "owner"])
def test_the_owner_reaches_the_same_database() -> None:
    names = set()
    for alias in ("default", "owner"):
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT current_database()")
            names.add(cursor.fetchone()[0])
    assert len(names) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", [1, 2])
def test_a_test_with_real_transactions_leaves_nothing_behind(round_number: int) -> None:
    from django.contrib.contenttypes.models import ContentType

    assert not ContentType.objects.filter(app_label="left").exists()
    ContentType.objects.create(app_label="left", model="behind")
