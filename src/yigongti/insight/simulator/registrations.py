"""The people of a county as twenty systems wrote them down: rows for trying out linkage, made in SQL, with the truth.

Households with their own surname, address and phone; twins, brothers and sisters with half a name in common; and
every mistake that registers make, each at the rate in :data:`NOISE`. The same ``seed`` gives the same rows. See docs/linkage.md.
"""

from collections.abc import Iterator, Mapping

import duckdb
import pyarrow

from yigongti.insight.simulator.names import FEMALE, MALE, SURNAMES, weighted
from yigongti.records.linkage.calendar import lunar_of_solar
from yigongti.records.linkage.characters import LOOK_ALIKES
from yigongti.records.linkage.numbers import check_character
from yigongti.records.linkage.prepared import syllable

NOISE: Mapping[str, float] = {
    "name_homophone": 0.015,
    "name_look_alike": 0.005,
    "name_order": 0.003,
    "name_unknown_character": 0.004,
    "name_character_lost": 0.003,
    "name_of_housemate": 0.001,
    "name_former": 0.003,
    "birth_lunar": 0.03,
    "birth_digit": 0.010,
    "birth_transposed": 0.004,
    "birth_month_day": 0.002,
    "birth_year_only": 0.010,
    "birth_missing": 0.005,
    "sex_wrong": 0.003,
    "sex_missing": 0.010,
    "id_missing": 0.120,
    "id_fifteen": 0.030,
    "id_digit": 0.010,
    "id_transposed": 0.005,
    "id_of_housemate": 0.0015,
    "phone_missing": 0.100,
    "phone_changed": 0.120,
    "phone_of_household": 0.100,
    "phone_digit": 0.007,
    "address_missing": 0.050,
    "address_moved": 0.080,
    "address_short": 0.200,
    "address_homophone": 0.020,
}
"""Share of rows with the mistake. ``birth_lunar`` applies to those born before 1970, ``id_fifteen`` before 1985,
``birth_year_only`` before 1960."""
TWINS, SIBLINGS_SHARE = 0.04, 0.35
"""Of households with two children, how many have twins; of brothers and sisters, how many share a character."""
ROWS_A_PERSON = 5 / 3
PEOPLE_A_HOUSEHOLD = 2.77
SYSTEMS = 20
TABLE = "registrations"
_PLACES = (
    "青龙 白马 石桥 大塘 新田 沙坪 柳溪 枫林 竹山 荷叶 梅岭 桃源 "
    "双江 金盆 银坑 铁山 高峰 长冲 永安 太平 清水 黄泥 红岩 紫云"
)
_VILLAGES = "上湾 下湾 杨家 李家 大屋 小坪 井头 塘边 山口 水口 老屋 新屋 坳上 河边 樟树"


def generate(connection: duckdb.DuckDBPyConnection, rows: int, seed: int = 1) -> int:
    """Make the table :data:`TABLE`: ``record``, ``system``, ``person`` (the truth) and what the system says of them.

    Returns the number of persons. ``rows`` is met to about one per cent.
    """
    households = max(int(rows / ROWS_A_PERSON / PEOPLE_A_HOUSEHOLD), 2)
    connection.execute("CREATE OR REPLACE MACRO chance(x, k) AS (hash(x || '~' || k) >> 11)::DOUBLE / 9007199254740992")
    _lists(connection)
    for statement in _statements(households, seed):
        connection.execute(statement)
    [(people,)] = connection.execute("SELECT count(*) FROM people").fetchall()
    for table in ("households", "members", "named", "born", "people", "copies", "mates"):
        connection.execute(f"DROP TABLE {table}")
    return int(people)


def _table(connection: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, list[object]]) -> None:
    connection.register("registrations_given", pyarrow.table(dict(columns)))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM registrations_given")
    connection.unregister("registrations_given")


def _lists(connection: duckdb.DuckDBPyConnection) -> None:
    """Surnames by weight, given characters by sex and time, homophones, look-alikes, places, the lunar calendar."""
    names, weights = weighted(SURNAMES)
    total, until = sum(weights), 0.0
    bounds: list[object] = []
    for weight in weights:
        until += weight / total
        bounds.append(until)
    bounds[-1] = 1.0
    _table(connection, "surnames", {"surname": list(names), "until": bounds})
    given: dict[str, list[object]] = {"sex": [], "before": [], "after": [], "characters": [], "short": []}
    for sex, table in (("1", MALE), ("2", FEMALE)):
        after = 0
        for before, characters, short in table:
            for column, value in zip(given, (sex, before, after, characters.split(), short), strict=True):
                given[column].append(value)
            after = before
    _table(connection, "given_names", given)
    sounds: dict[str, list[str]] = {}
    for character in _common():
        sounds.setdefault(syllable(character), []).append(character)
    _table(
        connection,
        "homophones",
        {"c": list(_common()), "others": [sounds[syllable(c)] for c in _common()]},
    )
    alike = {c: group[(n + 1) % len(group)] for group in LOOK_ALIKES for n, c in enumerate(group)}
    _table(connection, "look_alikes", {"c": list(alike), "other": list(alike.values())})
    days = lunar_of_solar()
    _table(connection, "lunar_days", {"solar": list(days), "lunar": list(days.values())})


def _common() -> Iterator[str]:
    """The 3,755 characters of GB 2312's first level."""
    for row in range(0xB0, 0xD8):
        for cell in range(0xA1, 0xFF if row < 0xD7 else 0xFA):
            yield bytes((row, cell)).decode("gb2312")


def _listed(words: str) -> str:
    return "[" + ", ".join(f"'{word}'" for word in words.split()) + "]"


def _pick(words: str, chance: str) -> str:
    """One of a list by a chance between 0 and 1."""
    return f"list_extract({words}, 1 + floor(({chance}) * len({words}))::INT)"


def _address(key: str) -> str:
    """Town, village, group and house by the key of a household."""
    town, village = _pick(_listed(_PLACES), f"chance({key}, 'town')"), _pick(_listed(_VILLAGES), f"chance({key}, 'v')")
    return (
        f"{town} || '镇' || {village} || '村' || (1 + floor(chance({key}, 'g') * 12))::INT || '组' || "
        f"(1 + floor(chance({key}, 'n') * 60))::INT || '号'"
    )


def _mobile(key: str) -> str:
    prefix = _pick(
        _listed("130 131 135 136 137 138 139 150 151 158 177 180 181 186 187 188 189 199"), f"chance({key}, 'p')"
    )
    return f"{prefix} || lpad(floor(chance({key}, 'd') * 100000000)::INT::VARCHAR, 8, '0')"


def _statements(households: int, seed: int) -> Iterator[str]:
    other_area = _pick(
        _listed("431121 431122 431124 431126 431128 430105 440106 450103 330106 310115"), "chance(k, 'area')"
    )
    shared, own = _pick("g.characters", "chance(n.k || n.sex, 'c1')"), _pick("g.characters", "chance(n.key, 'c1')")
    second = _pick("g.characters", "chance(n.key, 'c2')")
    home = _address("k")
    at_home, of_own = _mobile("k || 'home'"), _mobile("n.key")
    yield f"""CREATE OR REPLACE TEMP TABLE households AS
        SELECT h, k, {home} AS address, {at_home} AS phone, 1938 + floor(chance(k, 'y') * 58)::INT AS year,
            CASE WHEN c < 0.20 THEN 1 WHEN c < 0.45 THEN 2 WHEN c < 0.72 THEN 3 WHEN c < 0.90 THEN 4 WHEN c < 0.97 THEN 5
                ELSE 6 END AS size,
            chance(k, 'twins') < {TWINS} AS twins,
            CASE WHEN chance(k, 'a') < 0.7 THEN '431127' ELSE
                {other_area}
            END AS area
        FROM (SELECT h, k, chance(k, 'size') AS c FROM (SELECT h, '{seed}-' || h AS k FROM range({households}) t(h)))"""
    yield """CREATE OR REPLACE TEMP TABLE members AS
        SELECT *, CASE WHEN twins AND size = 4 AND place = 3 THEN 2 ELSE place END AS birth_place,
            CASE WHEN place = 0 AND size > 1 THEN '1' WHEN place = 1 THEN '2' WHEN place = 4 THEN '1' WHEN place = 5 THEN '2'
                WHEN chance(key, 'sex') < 0.51 THEN '1' ELSE '2' END AS sex
        FROM (SELECT h.*, place, k || '-' || place AS key FROM households h, range(6) t(place) WHERE place < size)"""
    yield """CREATE OR REPLACE TEMP TABLE named AS
        SELECT m.* EXCLUDE (year), s.surname, least(2025, greatest(1925, CASE WHEN place < 2 THEN year + (place * 3)
                WHEN place < 4 THEN year + 22 + floor(chance(k || '-' || birth_place, 'gap') * 14)::INT
                ELSE year - 26 END)) AS year
        FROM members m ASOF JOIN surnames s
            ON CASE WHEN place IN (1, 5) THEN chance(key, 'surname') ELSE chance(k, 'surname') END <= s.until"""
    yield f"""CREATE OR REPLACE TEMP TABLE born AS
        SELECT n.* EXCLUDE (phone), n.phone AS home_phone,
            CASE WHEN (n.year < 1950 OR n.year > 2008) AND chance(n.key, 'own') < 0.5 THEN n.phone ELSE {of_own} END AS phone,
            make_date(n.year, 1, 1) + floor(chance(n.k || '-' || n.birth_place, 'day') * 365)::INT AS born,
            CASE WHEN n.place IN (2, 3) AND chance(n.k, 'shared') < {SIBLINGS_SHARE} THEN {shared} ELSE {own} END AS c1,
            CASE WHEN chance(n.key, 'short') < g.short THEN '' ELSE {second} END AS c2
        FROM named n JOIN given_names g ON g.sex = n.sex AND n.year >= g.after AND n.year < g.before"""
    order = "2 * (row_number() OVER (PARTITION BY area, born, sex ORDER BY h, place) + hash(area || born) % 300)"
    first = f"(area || strftime(born, '%Y%m%d') || lpad(({order} + (sex = '1')::INT)::VARCHAR, 3, '0'))"
    yield f"""CREATE OR REPLACE TEMP TABLE people AS SELECT *, first || {check_character("first")} AS id_number
        FROM (SELECT *, {first} AS first FROM born)"""
    yield """CREATE OR REPLACE TEMP TABLE mates AS
        SELECT a.key, any_value(b.id_number) AS id_number, any_value(b.surname || b.c1 || b.c2) AS name
        FROM people a JOIN people b ON a.h = b.h AND b.place = (a.place + 1) % a.size AND a.place <> b.place GROUP BY a.key"""
    yield """CREATE OR REPLACE TEMP TABLE copies AS
        SELECT p.*, c, key || '/' || c AS r FROM people p, range(4) t(c)
        WHERE c = 0 OR chance(key, 'copies') < [0.42, 0.18, 0.067][c]"""
    yield from _written()


def _written() -> Iterator[str]:
    """Each copy as its system wrote it down: one chance per field decides which mistake it has, if any."""
    yield f"""CREATE OR REPLACE TABLE {TABLE} AS
        SELECT 'R' || lpad((row_number() OVER (ORDER BY chance(r, 'shuffle')))::VARCHAR, 8, '0') AS record,
            'S' || lpad((1 + floor(chance(r, 'system') * {SYSTEMS}))::INT::VARCHAR, 2, '0') AS system, key AS person,
            {_name()} AS name, {_sex()} AS sex, {_birth()} AS birth_date, {_id()} AS id_number, {_phone()} AS phone,
            {_place()} AS address
        FROM (SELECT x.*, m.name AS mate_name, m.id_number AS mate_number, l.lunar, h1.others AS o1, h2.others AS o2,
                a1.other AS a1, strftime(born, '%Y%m%d') AS b, surname || c1 || c2 AS full_name
            FROM copies x LEFT JOIN mates m USING (key)
            LEFT JOIN lunar_days l ON l.solar = strftime(x.born, '%Y%m%d')
            LEFT JOIN homophones h1 ON h1.c = x.c1 LEFT JOIN homophones h2 ON h2.c = x.c2
            LEFT JOIN look_alikes a1 ON a1.c = x.c1)"""


def _choices(chance: str, options: list[tuple[str, str]], otherwise: str, given: Mapping[str, str] = {}) -> str:
    """CASE: each option takes its share of the chance, in order; ``given`` limits an option to some rows."""
    cases, until = [], 0.0
    for name, sql in options:
        until += NOISE[name]
        limit = f" AND {given[name]}" if name in given else ""
        cases.append(f"WHEN {chance} < {until:.6f}{limit} THEN {sql}")
    return f"CASE {' '.join(cases)} ELSE {otherwise} END"


def _name() -> str:
    first, second = _pick("o1", "chance(r, 'h')"), _pick("o2", "chance(r, 'h')")
    other_sound = (
        f"CASE WHEN c2 <> '' AND chance(r, 'which') < 0.5 THEN surname || c1 || coalesce({second}, c2) "
        f"ELSE surname || coalesce({first}, c1) || c2 END"
    )
    nickname = _pick(_listed("狗 牛 毛 石 根 妹 猫 丑"), "chance(r, 'f')")
    return _choices(
        "chance(r, 'name')",
        [
            (
                "name_homophone",
                other_sound,
            ),
            ("name_look_alike", "surname || coalesce(a1, c1) || c2"),
            ("name_order", "CASE WHEN c2 = '' THEN full_name ELSE surname || c2 || c1 END"),
            ("name_unknown_character", "surname || '?' || c2"),
            ("name_character_lost", "CASE WHEN c2 = '' THEN full_name ELSE surname || c2 END"),
            ("name_of_housemate", "coalesce(mate_name, full_name)"),
            ("name_former", f"surname || {nickname} || '伢'"),
        ],
        "full_name",
    )


def _sex() -> str:
    return _choices(
        "chance(r, 'sex')",
        [("sex_wrong", "CASE sex WHEN '1' THEN '女' ELSE '男' END"), ("sex_missing", "NULL")],
        "CASE sex WHEN '1' THEN '男' ELSE '女' END",
    )


def _digit(text: str, places: str) -> str:
    """``text`` with one of its digits (a place by chance among ``places``) one higher."""
    place = _pick(places, "chance(r, 'at')")
    at = f"(1 + {place})::INT"
    return (
        f"substr({text}, 1, {at} - 1) || ((ascii(substr({text}, {at}, 1)) - 47 + "
        f"floor(chance(r, 'by') * 8)::INT) % 10)::VARCHAR || substr({text}, {at} + 1)"
    )


def _transposed(text: str, places: str) -> str:
    place = _pick(places, "chance(r, 'at')")
    at = f"(1 + {place})::INT"
    return f"substr({text}, 1, {at} - 1) || substr({text}, {at} + 1, 1) || substr({text}, {at}, 1) || substr({text}, {at} + 2)"


def _birth() -> str:
    return _choices(
        "chance(r, 'birth')",
        [
            ("birth_digit", _digit("b", "[2, 3, 5, 7]")),
            ("birth_transposed", _transposed("b", "[2, 4, 6]")),
            ("birth_month_day", "substr(b, 1, 4) || substr(b, 7, 2) || substr(b, 5, 2)"),
            ("birth_missing", "NULL"),
            ("birth_year_only", "substr(b, 1, 4) || '0101'"),
            ("birth_lunar", "coalesce(lunar, b)"),
        ],
        "strftime(born, '%Y-%m-%d')",
        {"birth_year_only": "year(born) < 1960", "birth_lunar": "year(born) < 1970"},
    )


def _id() -> str:
    return _choices(
        "chance(r, 'id')",
        [
            ("id_missing", "NULL"),
            ("id_digit", _digit("id_number", "[3, 5, 8, 9, 11, 13, 14, 15, 16]")),
            ("id_transposed", _transposed("id_number", "[5, 8, 10, 12, 14, 15]")),
            ("id_of_housemate", "coalesce(mate_number, id_number)"),
            ("id_fifteen", "substr(id_number, 1, 6) || substr(id_number, 9, 9)"),
        ],
        "id_number",
        {"id_fifteen": "year(born) < 1985"},
    )


def _phone() -> str:
    return _choices(
        "chance(r, 'phone')",
        [
            ("phone_missing", "NULL"),
            ("phone_changed", _mobile("r")),
            ("phone_of_household", "home_phone"),
            ("phone_digit", _digit("phone", "[3, 5, 7, 9, 10]")),
        ],
        "phone",
    )


def _place() -> str:
    homophone = "replace(replace(replace(replace(address, '塘', '堂'), '坪', '平'), '湾', '弯'), '溪', '西')"
    return _choices(
        "chance(r, 'address')",
        [
            ("address_missing", "NULL"),
            ("address_moved", "'江永县' || " + _address("r")),
            ("address_short", "replace(replace(address, '镇', ''), '村', '')"),
            ("address_homophone", "'江永县' || " + homophone),
        ],
        "'江永县' || address",
    )
