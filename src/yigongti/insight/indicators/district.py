"""The facts of a district as files of columns, at random: for measuring indicators and for comparing engines.

Months of the same person are the same person's, everything else is anybody's; nothing here is a finding.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from yigongti.kernel.duck import connect

from .dictionary import Dictionary, FactTable, TableColumn
from .engines.sources import FactSource, Part

ORGANIZATIONS = 250
ROWS = {
    "resident_month": 1.0,
    "resident": 1.0,
    "chronic_patient_month": 0.17,
    "encounter": 0.55,
    "measurement": 0.5,
    "medication_request": 0.4,
    "medication_dispense": 0.4,
    "diagnostic_report": 0.15,
    "condition": 0.08,
    "immunization": 0.03,
    "procedure": 0.02,
    "case_event": 0.012,
    "staff_month": 0.006,
    "referral": 0.003,
    "referral_course": 0.003,
    "care_month": 0.003,
}
"""Rows a month for each resident; of a fact without months, all."""
TEXTS = {
    "kind": "outpatient outpatient outpatient follow-up home emergency inpatient examination",
    "organization_tier": "village township township county",
    "from_tier": "village township county",
    "sex": "1 2",
    "age_band": "0-6 7-17 18-34 35-44 45-54 55-64 65-74 75-84 85+",
    "register": "hypertension hypertension diabetes",
    "status": "completed final",
    "category": "laboratory imaging",
    "direction": "up down",
    "priority": "red yellow green",
    "disease": "hypertension diabetes chest-pain stroke other",
    "code": "I10.x00 E11.900 E78.500 K76.000 I25.100",
    "verification": "confirmed",
    "title": "全科医师 主治医师 乡村医生 护师",
    "step": "open submit accept arrive treat conclude",
    "care_kind": "inpatient outpatient observation",
}


def write(folder: Path, dictionary: Dictionary, names: Iterable[str], residents: int, months: Sequence[date]) -> None:
    """Write the facts ``names`` into the folder, one file a month."""
    with connect(memory_limit="4GB", threads=2) as connection:
        connection.execute("SELECT setseed(0.5)")
        for name in sorted(names):
            (folder / name).mkdir()
            fact, rows = dictionary[name], int(residents * ROWS.get(name, 0)) or ORGANIZATIONS
            for month in months if fact.time else months[:1]:
                listed = ", ".join(f'{_value(c, fact, month)} AS "{c.name}"' for c in fact.columns.values())
                connection.execute(
                    f"COPY (SELECT {listed} FROM (SELECT range AS r, (random() * {residents})::BIGINT AS someone, "
                    f"random() AS dice FROM range({rows}))) TO '{folder}/{name}/{month:%Y-%m}.parquet' "
                    "(FORMAT parquet, COMPRESSION zstd)"
                )


def _value(column: TableColumn, fact: FactTable, month: date) -> str:
    """A plausible value: months and their rows are the same people, other facts are anybody's."""
    of, kind = column.name, column.type
    who = "r" if fact.stock else "someone"
    if of == fact.time and kind == "date":
        return f"DATE '{month}'" if fact.stock else f"DATE '{month}' + (random() * 27)::INTEGER"
    if of == "resident_id":
        return f"CAST(CAST(md5(CAST({who} AS VARCHAR)) AS UUID) AS VARCHAR)"
    if of.endswith("organization_id"):
        return f"CAST(hash({who}) % {ORGANIZATIONS} AS BIGINT)" if fact.name != "org_month" else "r"
    if kind == "uuid":
        return f"CAST({'uuid()' if of == fact.key else 'CAST(md5(CAST(r // 2 AS VARCHAR)) AS UUID)'} AS VARCHAR)"
    if of in TEXTS or kind == "text":
        words = TEXTS.get(of, "one two three").split()
        return f"({words})[1 + CAST(dice * {len(words) * 97} AS INTEGER) % {len(words)}]"
    return _plain(kind, of, month)


def _plain(kind: str, of: str, month: date) -> str:
    at = f"DATE '{month}' + (random() * 27)::INTEGER"
    if kind == "timestamp":
        return f"CAST({at} AS TIMESTAMPTZ)" if of != "closed_at" else f"CAST({at} + 3 AS TIMESTAMPTZ)"
    if kind == "date":
        return f"CAST({at} - 20 AS DATE)"
    if kind == "bool":
        return "random() < 0.9"
    if kind.startswith("decimal"):
        return f"CAST(80 + random() * 100 AS {kind.upper()})"
    if kind in ("int", "bigint"):
        most = 95 if of == "age" else 30
        return f"CAST(random() * {most} AS {'INTEGER' if kind == 'int' else 'BIGINT'})"
    return "NULL::VARCHAR[]"


def hierarchy(months: Sequence[date]) -> pa.Table:
    """250 organisations in 60 centres and four consortia of one county."""
    with connect() as connection:
        connection.register("listed", pa.table({"m": pa.array(months, pa.date32())}))
        return connection.sql(
            f"""
            SELECT m AS month, o AS organization, unnest([
                {{'level': 'organization', 'unit': o::VARCHAR}}, {{'level': 'centre', 'unit': (o % 60)::VARCHAR}},
                {{'level': 'consortium', 'unit': (o % 4)::VARCHAR}}, {{'level': 'county', 'unit': '1'}},
                {{'level': 'all', 'unit': 'all'}}], recursive := true)
            FROM range({ORGANIZATIONS}) t(o), listed
            """
        ).to_arrow_table()


def sources(folder: Path, dictionary: Dictionary) -> dict[str, FactSource]:
    """The facts of the folder as the engine reads them."""
    found = {}
    for path in sorted(one for one in folder.iterdir() if one.is_dir()):
        fact = dictionary[path.name]
        files = sorted(path.iterdir())
        parts = (Part((str(one),), date.fromisoformat(f"{one.stem}-01") if fact.time else None) for one in files)
        found[path.name] = FactSource(fact, tuple(parts))
    return found
