"""Parts of a row that are rows of their own (``<key>.1``, ``<key>.2``): a correction of the whole may leave some out.

What it leaves out is declared void, so that nobody reads a component that the source has taken back; a part that comes
again is a new version of it. Only wholes that a delivery corrects are looked at: what is new has no earlier parts.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import duckdb

from .mappings import DeliveryMapping
from .staging import create, run, stage

MOST = 200
"""Parts of one row."""
REASON = "来源系统更正时删去"
WHOLES = "corrected_wholes"
TOLD = "told_parts"
LEFT_OUT = f"""
CREATE TEMP TABLE left_out ON COMMIT DROP AS
WITH RECURSIVE known AS (
    SELECT r.key, r.row AS id, r.at FROM {WHOLES} w CROSS JOIN generate_series(1, {MOST}) place
    JOIN exchange_receivedkey r ON r.key = md5(w.target || chr(31) || %(source)s || chr(31) || w.source_key || '.' || place)::uuid
    WHERE NOT EXISTS (SELECT 1 FROM {TOLD} t WHERE t.source_key = w.source_key || '.' || place)),
chain AS (
    SELECT k.key, t.id, t.effective_at AS at, t.replaced_by_id AS next FROM known k
      JOIN health_record_observation t ON t.id = k.id AND t.effective_at = k.at
    UNION ALL
    SELECT c.key, t.id, t.effective_at, t.replaced_by_id FROM chain c
      JOIN health_record_observation t ON t.id = c.next WHERE c.next IS NOT NULL)
SELECT key, id, at FROM chain WHERE next IS NULL
"""  # noqa: E501
VOID = """
UPDATE health_record_observation t SET voided_reason = %(reason)s, voided_at = %(now)s FROM left_out l
WHERE t.id = l.id AND t.effective_at = l.at AND t.voided_reason = ''
"""
#: a part that comes again is not the same as before
FORGET = f"UPDATE exchange_receivedkey r SET digest = '{UUID(int=0)}' FROM left_out l WHERE r.key = l.key"


def begin() -> None:
    """No whole has been corrected yet."""
    create(WHOLES, {"target": "varchar", "source_key": "varchar"})


def note(number: int, target: str) -> None:
    """The wholes that a portion of write ``number`` corrected."""
    corrected = f"SELECT %(target)s, i.source_key FROM changed_{number} c JOIN in_{number} i ON i.id = c.id"
    run(f"INSERT INTO {WHOLES} {corrected}", {"target": target})


def drop_left_out(bench: duckdb.DuckDBPyConnection, mapping: DeliveryMapping, values: Mapping[str, Any]) -> int:
    """Declare void what corrected wholes no longer tell; returns how many rows. ``values``: source and time."""
    if not run(f"SELECT 1 FROM {WHOLES} LIMIT 1"):
        return 0
    numbers = [number for number, write in enumerate(mapping.writes) if write.parts]
    told = " UNION ALL ".join(f"SELECT source_key FROM typed_{number} WHERE NOT bad" for number in numbers)
    stage(bench, TOLD, {"source_key": "varchar"}, told)
    run("DROP TABLE IF EXISTS pg_temp.left_out")
    run(LEFT_OUT, values)
    dropped = run(VOID, {**values, "reason": REASON})
    run(FORGET)
    return dropped
