"""The citizen identification number (GB 11643) as SQL over columns, equal to ``residents.identity`` value by value.

DuckDB's dialect. Expressions take the SQL of a text and can stand in any query over millions of rows.
"""

from yigongti.records.linkage.prepared import NARROW, WIDE

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
_PROVINCES = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83"
PROVINCES = tuple(_PROVINCES.split())
REASONS = {
    "empty": "没有填写身份证号",
    "length": "身份证号应为 18 位",
    "digits": "第 1–17 位应为数字，第 18 位应为数字或 X",
    "area": "第 1–6 位不是行政区划代码",
    "birth": "第 7–14 位不是出生日期",
    "check": "校验位不符",
}
"""What can be wrong, in the order in which it is looked for."""


def tidied(text: str) -> str:
    """Half-width, upper case, without separators."""
    narrow = NARROW.replace("'", "''")
    return f"upper(regexp_replace(translate({text}, '{WIDE}', '{narrow}'), '[\\s\\-·.]', '', 'g'))"


def check_character(number: str) -> str:
    """The check character for the first seventeen digits of ``number`` (digits only, else an error of the cast)."""
    total = " + ".join(f"{weight} * (ascii(substr({number}, {n}, 1)) - 48)" for n, weight in enumerate(WEIGHTS, 1))
    return f"substr('{CHECKS}', 1 + (({total}) % 11)::INT, 1)"


def eighteen(number: str) -> str:
    """A 15-digit number as its 18-digit successor; orders 996 to 999 were for those born in 18xx."""
    century = f"CASE WHEN substr({number}, 13) IN ('996', '997', '998', '999') THEN '18' ELSE '19' END"
    first = f"(substr({number}, 1, 6) || {century} || substr({number}, 7))"
    made = f"{first} || {check_character(first)}"
    return f"CASE WHEN regexp_full_match({number}, '[0-9]{{15}}') THEN {made} ELSE {number} END"


def birth_date(number: str) -> str:
    """The date of birth in an 18-digit number, NULL when there is no such day."""
    return (
        f"TRY_CAST(substr({number}, 7, 4) || '-' || substr({number}, 11, 2) || '-' || substr({number}, 13, 2) AS DATE)"
    )


def problem(number: str, today: str = "current_date", areas: str = "") -> str:
    """What is wrong with a tidied 18-digit number: a key of :data:`REASONS`, or NULL when it is valid.

    ``today`` is the SQL of a date; ``areas`` a table with the column ``code`` of known area codes, without which the
    provinces are checked.
    """
    provinces = ", ".join(f"'{code}'" for code in PROVINCES)
    known = f"substr({number}, 1, 2) IN ({provinces})"
    if areas:
        known += f" AND substr({number}, 1, 6) IN (SELECT code FROM {areas})"
    born = birth_date(number)
    return (
        f"CASE WHEN {number} IS NULL OR {number} = '' THEN 'empty' WHEN length({number}) <> 18 THEN 'length' "
        f"WHEN NOT regexp_full_match({number}, '[0-9]{{17}}[0-9X]') THEN 'digits' WHEN NOT ({known}) THEN 'area' "
        f"WHEN {born} IS NULL OR year({born}) < 1850 OR {born} > {today} THEN 'birth' "
        f"WHEN substr({number}, 18) <> {check_character(number)} THEN 'check' END"
    )


def sex(number: str) -> str:
    """``'1'`` male, ``'2'`` female (GB/T 2261.1) by digit 17 of a valid number."""
    return f"CASE WHEN ascii(substr({number}, 17, 1)) % 2 = 1 THEN '1' ELSE '2' END"


def judged(column: str, table: str, today: str = "current_date", areas: str = "") -> str:
    """A query: every row of ``table`` with ``number`` (18 digits), ``problem``, ``birth_date`` and ``sex``, the last
    two of valid numbers only.
    """
    return (
        f"SELECT *, CASE WHEN problem IS NULL THEN {birth_date('number')} END AS birth_date, "
        f"CASE WHEN problem IS NULL THEN {sex('number')} END AS sex FROM ("
        f"SELECT *, {problem('number', today, areas)} AS problem FROM ("
        f"SELECT * EXCLUDE (tidy_number), {eighteen('tidy_number')} AS number FROM ("
        f"SELECT *, {tidied(column)} AS tidy_number FROM {table})))"
    )
