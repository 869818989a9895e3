"""Reported numbers stand beside computed ones; two reports of one number at once leave the later one."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from time import sleep

import pytest
from django.db import connection, connections, transaction

from yigongti.insight.results.models import Result
from yigongti.insight.results.services import Entry, put_reported
from yigongti.kernel.access.actor import SYSTEM

WAITS = """
SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'
   AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())
"""


def said(value: int, period: str = "2026Q1") -> Entry:
    number = Decimal(value)
    return Entry("own/pay", "人均收入", "all", "all", "quarter", period, number, None, number)


def waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITS)
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_two_reports_of_one_number_at_once() -> None:
    assert put_reported(SYSTEM, [said(5, "2025Q4")]) == 1

    def second() -> int:
        try:
            return put_reported(SYSTEM, [said(7)])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as hands:
        with transaction.atomic():
            assert put_reported(SYSTEM, [said(6)]) == 1
            waiting = hands.submit(second)
            while not waiting.done() and not waits():
                sleep(0.01)
        assert waiting.result() == 1
    assert dict(Result.objects.values_list("period", "value")) == {"2025Q4": 5, "2026Q1": 7}
    assert put_reported(SYSTEM, [said(7)]) == 0
    assert put_reported(SYSTEM, [said(8), said(9, "2026Q2")]) == 2
    assert dict(Result.objects.values_list("period", "value")) == {"2025Q4": 5, "2026Q1": 8, "2026Q2": 9}
