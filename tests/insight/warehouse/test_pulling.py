"""What PostgreSQL holds is what stands in the files: every type, every month, one moment; and a failure is told."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from django.db import connection
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from psycopg import sql
from records_community import make_community

from yigongti.insight.warehouse.picture import Picture, picture
from yigongti.insight.warehouse.pulling import Months, Pulled, pull
from yigongti.insight.warehouse.shelf import Shelf
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.facts.declaration import Column, Fact
from yigongti.records.residents.models import Resident

pytestmark = pytest.mark.django_db(transaction=True)

COLUMNS = {
    "id": "uuid",
    "at": "timestamp",
    "day": "date",
    "name": "text",
    "small": "int",
    "large": "bigint",
    "yes": "bool",
    "whole": "decimal(5,0)",
    "price": "decimal(18,6)",
    "sum": "decimal(38,6)",
    "codes": "list(text)",
}
POSTGRES = {"timestamp": "timestamptz", "list(text)": "text[]"}
SEES_ALL = "SELECT current_setting('yigongti.scope'), current_setting('transaction_read_only')"


def fact(select: str, time: str = "at", **columns: str) -> Fact:
    told = tuple(Column(name, kind, name) for name, kind in columns.items())
    return Fact("thing", "物", "一物一行", "tests", told, select, time_column=time)


def everything(rows: list[tuple]) -> Fact:
    """A fact of these rows."""
    kinds = [POSTGRES.get(kind, kind) for kind in COLUMNS.values()]
    cells = [
        sql.SQL(", ").join(sql.SQL("CAST({} AS {})").format(v, sql.SQL(k)) for v, k in zip(row, kinds, strict=True))
        for row in rows
    ]
    values = sql.SQL(", ").join(sql.SQL("({})").format(row) for row in cells).as_string()
    return fact(f"SELECT * FROM (VALUES {values}) AS v({', '.join(COLUMNS)})", **COLUMNS)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "warehouse")


@pytest.fixture
def seen(db: None) -> Iterator[Picture]:
    with picture() as found:
        yield found


def held(shelf: Shelf, pulled: Pulled, columns: str = "*") -> list[tuple]:
    paths = [str(shelf.path(piece)) for piece in pulled.pieces.values()]
    with duckdb.connect() as reader:
        reader.execute("SET TimeZone = 'UTC'")
        return reader.execute(f"SELECT {columns} FROM read_parquet({paths}, hive_partitioning = false)").fetchall()


text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
whole = st.decimals(-99999, 99999, places=0)
wide = st.integers(-(10**32) + 1, 10**32 - 1).map(lambda n: Decimal(n).scaleb(-6))
narrow = st.integers(-(10**18) + 1, 10**18 - 1).map(lambda n: Decimal(n).scaleb(-6))
moments = st.integers(-2_500_000_000_000_000, 3_700_000_000_000_000).map(
    lambda us: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
)
things = st.tuples(
    st.uuids(),
    moments,
    st.none() | st.dates(date(1800, 1, 1), date(2200, 1, 1)),
    st.none() | text,
    st.none() | st.integers(-(2**31), 2**31 - 1),
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.booleans(),
    st.none() | whole,
    st.none() | narrow,
    st.none() | wide,
    st.none() | st.lists(st.none() | text, max_size=3),
)


@settings(max_examples=20, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(rows=st.lists(things, min_size=1, max_size=8, unique_by=lambda row: row[0]), large=st.sampled_from([0, 100]))
def test_files_hold_what_the_database_holds(rows, large, tmp_path_factory):
    shelf, one = Shelf(tmp_path_factory.mktemp("shelf")), everything(rows)
    with picture() as seen:
        pulled = pull(seen, one, shelf, large=large)
        months = dict(seen.rows(f"SELECT to_char(at, 'YYYY-MM'), count(*) FROM ({one.sql}) AS f GROUP BY 1"))
    expected = sorted((str(row[0]), *row[1:]) for row in rows)
    assert sorted(held(shelf, pulled)) == expected
    assert {month: piece.rows for month, piece in pulled.pieces.items()} == months


def test_a_month_begins_at_midnight_in_beijing(seen, shelf):
    """In summer 1988 clocks were an hour ahead; before 1901 Shanghai had its own time."""
    moments = ["2026-04-30 15:59:59", "2026-04-30 16:00:00", "1988-06-30 14:59:59", "1988-06-30 15:00:00"]
    moments += ["1899-12-31 15:54:16", "1899-12-31 15:54:17", "1991-12-31 15:59:59", "1991-12-31 16:00:00"]
    listed = ", ".join(f"('{moment}+00'::timestamptz)" for moment in moments)
    pulled = pull(
        seen, fact(f"SELECT at::text AS id, at FROM (VALUES {listed}) v(at)", id="text", at="timestamp"), shelf
    )
    wanted = ["1899-12", "1900-01", "1988-06", "1988-07", "1991-12", "1992-01", "2026-04", "2026-05"]
    assert list(pulled.pieces) == wanted
    assert {piece.rows for piece in pulled.pieces.values()} == {1}


@pytest.mark.parametrize("day_of", ["", "at"])
def test_a_day_is_the_day_in_beijing_as_the_fact_says_it(seen, shelf, day_of):
    """Asked of the database, or taken from the moment when it is read."""
    moments = "generate_series(timestamptz '1986-01-01', timestamptz '1993-01-01', interval '25 h') at"
    day = "(at AT TIME ZONE 'Asia/Shanghai')::date"
    month = "date_trunc('month', at AT TIME ZONE 'Asia/Shanghai') AT TIME ZONE 'Asia/Shanghai'"
    select = f"SELECT at, {day} AS day, {month} AS month FROM {moments} UNION ALL SELECT NULL, NULL, NULL"
    kinds = {"at": "timestamp", "day": "date", "month": "timestamp"}
    columns = tuple(Column(name, kind, name, day_of=day_of * (name == "day")) for name, kind in kinds.items())
    pulled = pull(seen, Fact("thing", "物", "一物一行", "tests", columns, select, time_column="month"), shelf)
    assert set(held(shelf, pulled)) == set(seen.rows(select))


def test_the_order_of_the_rows_changes_nothing(seen, shelf):
    thing = "SELECT n AS id, timestamptz '2026-05-01' + n % 700 * interval '1 h' AS at FROM generate_series(1, 9999) n"
    first = pull(seen, fact(f"{thing} ORDER BY n", id="int", at="timestamp"), shelf)
    bytes_of = shelf.path(first.pieces["2026-05"]).read_bytes()
    shelf.path(first.pieces["2026-05"]).unlink()
    again = pull(seen, fact(f"{thing} ORDER BY md5(n::text)", id="int", at="timestamp"), shelf)
    assert again.pieces == first.pieces
    assert shelf.path(again.pieces["2026-05"]).read_bytes() == bytes_of
    found = held(shelf, again, '"at", id')
    assert len(found) == 9999
    assert found == sorted(found)


def test_only_the_months_asked_for_are_read(seen, shelf):
    days = "SELECT n AS id, date '2026-01-01' + n AS at FROM generate_series(0, 150) n"
    one = fact(days, id="int", at="date")
    pulled = pull(seen, one, shelf, Months((date(2026, 2, 1), date(2026, 4, 1))))
    assert {month: piece.rows for month, piece in pulled.pieces.items()} == {"2026-02": 28, "2026-04": 30}
    assert pull(seen, one, shelf, Months((date(2025, 2, 1),))).pieces == {}


def test_a_picture_is_one_moment_of_all_rows_and_changes_nothing(db, shelf):
    community = make_community()
    people = "SELECT count(*) FROM residents_resident"
    with picture() as seen:
        before = seen.rows(people)
        community.resident(name="后来的人")
        assert seen.rows(people) == before
        assert seen.rows(SEES_ALL) == [("all", "on")]
    with acting(SYSTEM):
        assert Resident.objects.count() == before[0][0] + 1


def test_a_large_fact_is_read_in_parts_and_is_the_same(seen, shelf):
    """Rows of many years, some without a time; its watermark is the highest of all parts, as a number."""
    days = "SELECT n AS id, CASE WHEN n % 97 > 0 THEN current_date - n END AS at FROM generate_series(1, 4000) n"
    told = (Column("id", "bigint", "号"), Column("at", "date", "日"))
    one = Fact("thing", "物", "一物一行", "tests", told, days, time_column="at", watermark_column="id")
    whole, parts = pull(seen, one, shelf), pull(seen, one, shelf, large=3999)
    assert parts == whole
    assert (parts.rows, parts.watermark) == (4000, "4000")


def test_a_picture_shows_the_same_moment_to_all_who_look(seen):
    """Who looks while another still reads has a session of their own."""
    count = "SELECT count(*), pg_backend_pid() FROM residents_resident"
    with seen.stream(count) as first:
        make_community().resident(name="后来的人")
        [(other, session)] = seen.rows(count)
        [people], [own] = (column.to_pylist() for column in first.read_all())
    assert other == people
    assert session != own


def test_a_value_that_does_not_fit_is_told_and_the_rest_is_not_waited_for(seen, shelf):
    wrong = fact("SELECT 'abc' || generate_series(1, 2000000000) AS n", time="", n="int")
    with pytest.raises(duckdb.Error, match="abc1"):
        pull(seen, wrong, shelf)
    assert not list(shelf.files.rglob("*.parquet"))


def test_what_fails_in_the_database_is_told(seen, shelf):
    wrong = fact("SELECT 1 / (300000 - g) AS n FROM generate_series(1, 400000) g", time="", n="int")
    with pytest.raises(duckdb.Error, match="division by zero"):
        pull(seen, wrong, shelf)
    assert not list(shelf.files.rglob("*.parquet"))


def test_a_picture_by_address_and_password(db):
    """As Django reaches the database: by socket or by address, with the role's password."""
    connection.close()
    told = connection.settings_dict["HOST"]
    connection.settings_dict["HOST"] = "127.0.0.1"
    try:
        with picture() as seen:
            role, address = seen.rows("SELECT current_user::text, host(inet_server_addr())")[0]
    finally:
        connection.close()
        connection.settings_dict["HOST"] = told
    assert (role, address) == (connection.settings_dict["USER"], "127.0.0.1")
