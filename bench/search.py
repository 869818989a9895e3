"""Finding one of a million residents: p50 and p95 of every kind of search, under row-level security.

``python bench/search.py [residents]`` builds the population in a scratch PostgreSQL (about two minutes for a million)
and prints each kind of search for three people, as milliseconds and as a ratio to ``SELECT 1`` and to one index lookup.
``YIGONGTI_BENCH_HOME`` keeps the database for the next run.
"""

import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from time import perf_counter, time_ns

import psycopg

SURNAMES = (
    "王72李72张68刘54陈45杨31黄22赵22吴20周20徐15孙15马13朱13胡13林12郭11何11高10罗10郑9梁9谢8宋8唐8许7邓7冯7韩6曹6"
    "曾6彭6萧5蔡5潘5田5董5袁5于5余5叶5蒋5杜5苏4魏4程4吕4丁4沈4任4姚4卢4傅4钟4姜4崔4谭4廖4范3汪3陆3金3石3戴3贾3韦3夏3邱3"
    "方3侯3邹3熊3孟3秦3白3江3阎3薛3尹3段3雷3龙3黎3史3陶3贺3毛3郝3顾3龚3邵3万3覃3武3钱3戚1单1欧阳1"
)
GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂华文建国红玲志飞鹏玉梅珍凤春香云荣贵德福生海燕小晓雪琴雨欣梓涵"
    "浩宇轩子怡思佳俊豪诗琪嘉雅琳美淑慧清林松柏山川江河波辉光东南西北金银铜铁木水火土石良善忠义仁礼智信诚和顺安康宁"
)
TOWNS, STATIONS = 20, 15
ROUNDS = 120

POPULATION = """
INSERT INTO residents_resident (id, number, name, name_pinyin, name_initials, other_pinyin, other_initials, given_name,
    sex, birth_date, birth_estimated, identity_kind, id_number, id_number_index, phone, phone_index, ethnicity,
    blood_type, insurance_kind, features, registered_at, registered_by_id, version)
SELECT gen_random_uuid(), 'JK' || lpad(n::text, 11, '0'), s.name || a.name || coalesce(b.name, ''),
       s.pinyin || a.pinyin || coalesce(b.pinyin, ''), s.initials || a.initials || coalesce(b.initials, ''),
       '', '', a.name || coalesce(b.name, ''), (1 + n % 2)::text, date '1935-01-01' + (random() * 32000)::int, false,
       '01', decode('{sealed_number}', 'hex'), decode('0001' || md5('id' || n), 'hex'),
       decode('{sealed_phone}', 'hex'), decode('0001' || md5('ph' || n), 'hex'), '', '', '', '', now(),
       (SELECT id FROM organizations_organization WHERE code = 'T' || n % {towns}), 1
FROM (SELECT n, (random() * (SELECT max(until) - 1 FROM surname))::int AS x, (random() * {given})::int AS y,
             CASE WHEN random() < 0.8 THEN (random() * {given})::int END AS z FROM generate_series(1, {people}) n) d
JOIN surname s ON d.x >= s.since AND d.x < s.until
JOIN given a ON a.place = d.y LEFT JOIN given b ON b.place = d.z
"""
RELATIONS = """
INSERT INTO residents_carerelation (resident_id, organization_id, kind, source, since)
SELECT r.id, o.id, k.kind, k.source, now() FROM residents_resident r
CROSS JOIN LATERAL (SELECT substr(r.number, 3)::int AS n) n
CROSS JOIN LATERAL (VALUES ('registered', '', 'T' || n.n % {towns}), ('grid', 'G', 'T' || n.n % {towns}),
    ('grid', 'G', 'V' || n.n % {towns} || '-' || n.n / {towns} % {stations})) k(kind, source, code)
JOIN organizations_organization o ON o.code = k.code
"""


@contextmanager
def scratch() -> Iterator[str]:
    """A PostgreSQL of our own with today's schema, as Django's database; gives the URL of its superuser."""
    from yigongti.cli.postgres import ADMIN, Server
    from yigongti.cli.roles import APP, DATABASE, OWNER

    kept = os.environ.get("YIGONGTI_BENCH_HOME")
    home = Path(kept or tempfile.mkdtemp(prefix="yigongti-bench-"))
    server = Server(home)
    server.start()
    os.environ |= {
        "YIGONGTI_MODE": "demo",
        "YIGONGTI_HOME": str(home),
        "YIGONGTI_DATABASE_URL": server.url(APP),
        "YIGONGTI_OWNER_DATABASE_URL": server.url(OWNER),
        "DJANGO_SETTINGS_MODULE": "yigongti.site.settings",
    }
    import django

    from yigongti.config import configuration

    configuration.cache_clear()
    django.setup()
    try:
        yield server.url(ADMIN, DATABASE)
    finally:
        from django.db import connections

        connections.close_all()
        server.stop()
        if not kept:
            shutil.rmtree(home, ignore_errors=True)


def build(people: int, admin: str) -> None:
    """Organisations, names and people in a handful of statements, without triggers, as the superuser ``admin``."""
    from django.core.management import call_command

    from yigongti.kernel.ciphers.columns import encrypt_column

    call_command("migrate", database="owner", verbosity=0, interactive=False)
    personal = ("residents_resident", "residents_carerelation")
    size: dict[str, object] = {"people": people, "towns": TOWNS, "stations": STATIONS, "given": len(set(GIVEN)) - 1}
    for column, text in (("id_number", "E12345678"), ("phone", "13800138000")):
        [sealed] = encrypt_column([text], f"residents_resident.{column}")
        size[f"sealed_{column.removeprefix('id_')}"] = sealed.hex()
    with psycopg.connect(admin) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM residents_resident")
        if cursor.fetchone()[0] == people:
            return
        cursor.execute("SET session_replication_role = replica")
        _organizations(cursor)
        _names(cursor)
        with without_indexes(cursor, personal):
            for statement in (POPULATION, RELATIONS):
                cursor.execute(statement.format(**size))
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")  # what autovacuum would have done by the next morning


@contextmanager
def without_indexes(cursor: object, tables: tuple[str, ...]) -> Iterator[None]:
    """Indexes that are no constraints are dropped and made again at the end: faster for a million rows."""
    cursor.execute(
        """SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY (%s)
            AND indexname NOT IN (SELECT conname FROM pg_constraint) AND indexdef NOT LIKE 'CREATE UNIQUE%%'""",
        [list(tables)],
    )
    found = cursor.fetchall()
    for name, _ in found:
        cursor.execute(f'DROP INDEX "{name}"')
    yield
    cursor.execute("SET maintenance_work_mem = '512MB'")
    for _, definition in found:
        cursor.execute(definition)


def _organizations(cursor: object) -> None:
    codes = [("H", "county")] + [(f"T{t}", "township") for t in range(TOWNS)]
    codes += [(f"V{t}-{v}", "village") for t in range(TOWNS) for v in range(STATIONS)]
    cursor.executemany(
        """INSERT INTO organizations_organization (code, credit_code, name, short_name, pinyin, institution_class,
            level, management_type, tier, area_code, address, phone, beds, on_platform, opened_on)
            VALUES (%s, '', %s, '', '', 'A100', '', '', %s, '', '', '', 0, true, '2000-01-01')""",
        [(code, f"机构{code}", tier) for code, tier in codes],
    )


def _names(cursor: object) -> None:
    """Surnames with their weights and given characters, with their pinyin."""
    import re

    from yigongti.records.residents.names import search_keys

    cursor.execute("CREATE TEMPORARY TABLE surname (name text, pinyin text, initials text, since int, until int)")
    cursor.execute("CREATE TEMPORARY TABLE given (place int, name text, pinyin text, initials text)")
    at = 0
    for name, weight in re.findall(r"(\D+)(\d+)", SURNAMES):
        keys = search_keys(name)
        cursor.execute(
            "INSERT INTO surname VALUES (%s, %s, %s, %s, %s)",
            [name, keys.pinyin, keys.initials, at, at + int(weight)],
        )
        at += int(weight)
    for n, name in enumerate(sorted(set(GIVEN))):
        keys = search_keys("王" + name)
        cursor.execute("INSERT INTO given VALUES (%s, %s, %s, %s)", [n, name, keys.pinyin[4:], keys.initials[1:]])


def actors() -> dict[str, object]:
    """Three people: one station, one township with its stations, the whole county."""
    from yigongti.kernel.access.actor import Actor, GrantedRole
    from yigongti.registry.organizations.models import Organization

    ids = dict(Organization.objects.values_list("code", "pk"))
    town = {pk for code, pk in ids.items() if code == "T3" or code.startswith("V3-")}
    reach = {"乡村医生": ("V3-2", {ids["V3-2"]}), "家庭医生": ("T3", town), "县医院": ("H", set(ids.values()))}
    return {
        who: Actor(n, who, ids[home], (GrantedRole("family-doctor", ids[home], frozenset(where)),))
        for n, (who, (home, where)) in enumerate(reach.items(), 1)
    }


def busy(pid: int) -> float:
    """Milliseconds of processor time that a process has used (the scheduler counts nanoseconds)."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


def timed(work: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, float, float, float]:
    """Milliseconds after a short warm-up: median and 95th percentile by the clock, and of the processor time of this
    process and its database session, which a busy machine does not blur.
    """
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        session = cursor.fetchone()[0]
    for _ in range(5):
        work()
    clock, processor = [], []
    for _ in range(rounds):
        before, start = busy(os.getpid()) + busy(session), perf_counter()
        work()
        clock.append((perf_counter() - start) * 1000)
        processor.append(busy(os.getpid()) + busy(session) - before)
    by_clock, by_processor = quantiles(clock, n=20), quantiles(processor, n=20)
    return by_clock[9], by_clock[18], by_processor[9], by_processor[18]


def samples() -> dict[str, list[str]]:
    """What people type, some of each kind. Documents and phones are real ones of some people."""
    from django.db import connections

    from yigongti.kernel.ciphers.blind import index_value

    run = time_ns() // 1_000_000_000
    pick = random.Random(run)
    phones, numbers = [], []
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT id, name, name_pinyin, name_initials FROM residents_resident TABLESAMPLE system (0.2)")
        rows = pick.sample(cursor.fetchall(), 60)
        for n, (key, *_) in enumerate(rows):
            phone, number = f"139{pick.randrange(10**8):08}", f"E{n}{run:010}"
            cursor.execute(
                "UPDATE residents_resident SET phone_index = %s, id_number_index = %s WHERE id = %s",
                [index_value("phone", phone), index_value("id_number", number), key],
            )
            phones.append(phone)
            numbers.append(number)
    return {
        "全名": [row[1] for row in rows],
        "姓（常见）": ["王", "李", "张", "刘", "陈"],
        "姓+名首字": [row[1][:2] for row in rows],
        "名": [row[1][1:] for row in rows],
        "全拼": [row[2] for row in rows],
        "姓的拼音": ["wang", "li", "zhang", "liu", "chen"],
        "首字母": [row[3] for row in rows],
        "首字母两位": [row[3][:2] for row in rows],
        "姓名+出生年": [f"{row[1][:2]} {1940 + n}" for n, row in enumerate(rows)],
        "没有的名字": ["龘龘", "xyzzy", "qqqq"],
        "证件号码": numbers,
        "电话": phones,
    }


HEADS = ("p50 ms", "p95 ms", "cpu p50", "cpu p95", "x SELECT 1", "x lookup")


def line(who: str, what: str, work: Callable[[], object], one: float, lookup: float, rounds: int = ROUNDS) -> float:
    """Measure and print one line; gives the 95th percentile of the processor time."""
    median, late, cpu, cpu_late = timed(work, rounds)
    figures = (median, late, cpu, cpu_late, cpu / one, cpu / lookup)
    print(f"{who:<10}{what:<14}" + "".join(f"{figure:>11.2f}" for figure in figures))
    return cpu_late


def measure() -> None:
    """The table."""
    from django.db import connection

    from yigongti.kernel.access.acting import acting
    from yigongti.kernel.access.actor import SYSTEM
    from yigongti.records.residents import queries
    from yigongti.records.residents.models import Resident

    typed = samples()
    with acting(SYSTEM), connection.cursor() as cursor:
        one = timed(lambda: cursor.execute("SELECT 1"))
        some = iter(list(Resident.objects.values_list("pk", flat=True)[:50]) * 50)
        lookup = timed(lambda: Resident.objects.values_list("name").get(pk=next(some)))
    print(f"SELECT 1: {one[0]:.3f} ms, cpu {one[2]:.3f}; one row by its key: {lookup[0]:.3f} ms, cpu {lookup[2]:.3f}\n")
    print(" " * 24 + "".join(f"{head:>11}" for head in HEADS))
    worst = 0.0
    for who, actor in actors().items():
        with acting(actor):
            for kind, texts in typed.items():
                turn = iter(texts * ROUNDS)
                found = line(who, kind, lambda a=actor, t=turn: queries.search(a, next(t)), one[2], lookup[2])
                worst = max(worst, found)
            roster = queries.register(actor)
            line(who, "名册首页", lambda r=roster: list(r[:26]), one[2], lookup[2], 20)
            line(who, "名册计数", lambda r=roster: r.order_by()[:1001].count(), one[2], lookup[2], 20)
    print(f"\nworst p95 of a search, processor time: {worst:.1f} ms (to reach: 20)")


def main(people: int) -> None:
    """Build and measure."""
    with scratch() as admin:
        start = perf_counter()
        build(people, admin)
        print(f"{people:,} residents in {perf_counter() - start:.0f} s")
        measure()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
