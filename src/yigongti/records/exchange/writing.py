"""A checked delivery into PostgreSQL, in the transaction of its load: patients, then what happened to them.

The order follows what points to what: a row is written after the rows that it names.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import duckdb

from yigongti.kernel.access.actor import Actor
from yigongti.records.health_record.targets import TARGETS
from yigongti.records.residents.services import matching
from yigongti.records.residents.services.relations import AFTER_CONTACT

from . import entries, identities, parts, references
from .bench import first
from .entries import POINTED, Sender
from .identities import Counts
from .mappings import DeliveryMapping
from .measures import FINISH, Finish
from .staging import ask, create, run, stage

ORDER = ("patient", "encounter", "diagnostic_report", "medication_request")
#: new patients after which the planner is told of them
MANY = 1_000
WORK_MEMORY = "64MB"
"""Of each sort and hash table of the database while a load is written."""
Progress = Callable[[str, int, int], None]
#: who may open the record from now on: the organisation of the sender, once for all its systems, and whoever a contact
#: was with within a year
REGISTERED = """
INSERT INTO residents_carerelation (resident_id, organization_id, kind, source, since)
SELECT DISTINCT s.resident_id, %(organization)s, 'registered', '', %(now)s
FROM residents_sourceidentity s JOIN identities_now n ON n.id = s.id WHERE s.resident_id IS NOT NULL
ON CONFLICT DO NOTHING
"""
#: one relation for a resident, an organisation and a sender, however many portions and loads bring contacts: what is in
#: force is prolonged
CONTACTS = """
WITH seen AS (
    SELECT e.resident_id, e.organization_id, max(e.started_at) + %(after)s AS until
    FROM health_record_encounter e JOIN in_{number} i ON i.id = e.id
    GROUP BY 1, 2 HAVING max(e.started_at) + %(after)s > %(now)s),
held AS (
    UPDATE residents_carerelation r SET until = CASE WHEN r.until IS NOT NULL THEN greatest(r.until, s.until) END
    FROM seen s
    WHERE r.resident_id = s.resident_id AND r.organization_id = s.organization_id AND r.kind = 'encounter'
      AND r.source = %(source)s AND (r.until IS NULL OR r.until > %(now)s)
    RETURNING r.resident_id, r.organization_id)
INSERT INTO residents_carerelation (resident_id, organization_id, kind, source, since, until)
SELECT resident_id, organization_id, 'encounter', %(source)s, %(now)s, until FROM seen s
WHERE NOT EXISTS (
    SELECT FROM held h WHERE h.resident_id = s.resident_id AND h.organization_id = s.organization_id)
"""


def targets_of(mapping: DeliveryMapping) -> list[tuple[int, str]]:
    """The writes of a mapping in the order in which they are written."""
    known = {name: place for place, name in enumerate(ORDER)}
    numbered = [(number, write.target) for number, write in enumerate(mapping.writes)]
    return sorted(numbered, key=lambda one: (known.get(one[1], len(ORDER)), one[0]))


def given(mapping: DeliveryMapping, number: int) -> list[str]:
    """The columns that a write fills: those that it says and those that follow from them."""
    write = mapping.writes[number]
    needs = FINISH.get(write.target, Finish()).needs
    return [c.name for c in TARGETS[write.target].columns if c.name in write.columns or c.name in needs]


def months(bench: duckdb.DuckDBPyConnection, mapping: DeliveryMapping) -> tuple[date, date] | None:
    """The first and the last day of the observations of a delivery."""
    typed = [f"SELECT effective_at FROM typed_{n} WHERE NOT bad" for n, t in targets_of(mapping) if t == "observation"]
    if not typed:
        return None
    found = first(bench, f"SELECT min(effective_at)::DATE, max(effective_at)::DATE FROM ({' UNION ALL '.join(typed)})")
    return (found[0], found[1]) if found and found[0] else None


def write(
    bench: duckdb.DuckDBPyConnection, mapping: DeliveryMapping, actor: Actor, sender: Sender, advance: Progress
) -> Mapping[int, Counts]:
    """Write everything that is good; returns the counts of each write. Call it inside ``acting``."""
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run(f"SET LOCAL work_mem = '{WORK_MEMORY}'")
    steps = [(number, target) for number, target in targets_of(mapping) if _brings(bench, number)]
    done = _patients(bench, mapping, [number for number, target in steps if target == "patient"], sender)
    _references(bench, mapping)
    others = [(number, target) for number, target in steps if target != "patient"]
    whole = {write.target for write in mapping.writes if write.parts}
    if whole:
        parts.begin()
    rows, before = sum(_good(bench, number) for number, _ in others), 0
    for number, target in others:
        _refresh(target, mapping, number, sender.source)

        def each(written: int, number: int = number, target: str = target, before: int = before) -> None:
            if target == "encounter":
                run(CONTACTS.format(number=number), {**sender.values, "after": AFTER_CONTACT})
            if target in whole:
                parts.note(number, target)
            advance("入库", before + written, rows)

        done[number] = entries.write(bench, number, target, given(mapping, number), sender, each)
        before += done[number].rows
    if whole:
        parts.drop_left_out(bench, mapping, sender.values)
    if not rows:
        advance("入库", 1, 1)
    return done


def _patients(
    bench: duckdb.DuckDBPyConnection, mapping: DeliveryMapping, numbers: Sequence[int], sender: Sender
) -> dict[int, Counts]:
    """The persons of a delivery, tied to residents."""
    create("identities_now", {"id": "uuid"})
    done = {
        n: identities.write(bench, n, given(mapping, n), sender.source, sender.now, keeps=mapping.writes[n].keeps)
        for n in numbers
    }
    if done:
        run("ANALYZE identities_now")
        if sum(counts.new for counts in done.values()) > MANY:
            run("SELECT exchange_analyze_identities()")
        matching.tie([row[0] for row in ask("SELECT id FROM identities_now")])
        run(REGISTERED, sender.values)
    return done


def _good(bench: duckdb.DuckDBPyConnection, number: int) -> int:
    found = first(bench, f"SELECT count(*) FROM typed_{number} WHERE NOT bad AND NOT repeats")
    return int(found[0]) if found else 0


def _brings(bench: duckdb.DuckDBPyConnection, number: int) -> bool:
    return first(bench, f"SELECT 1 FROM typed_{number} WHERE NOT bad LIMIT 1") is not None


def _references(bench: duckdb.DuckDBPyConnection, mapping: DeliveryMapping) -> None:
    """The keys to which rows point, to be looked up when their rows have been written."""
    for refers in POINTED:
        keys = [
            f"SELECT {column.name} FROM typed_{number} WHERE NOT bad AND {column.name} IS NOT NULL"
            for number, write in enumerate(mapping.writes)
            for column in TARGETS[write.target].columns
            if column.refers == refers and column.name in write.columns
        ]
        if keys:
            query = f"SELECT DISTINCT * FROM ({' UNION ALL '.join(keys)})"
            stage(bench, f"ref_{refers}", {"source_key": "varchar"}, query)
            run(f"ALTER TABLE pg_temp.ref_{refers} ADD COLUMN id uuid, ADD COLUMN next uuid")


def _refresh(target: str, mapping: DeliveryMapping, number: int, source: str) -> None:
    """Before a target that points to others is written, these have their newest ids."""
    for column in TARGETS[target].columns:
        if column.refers in POINTED and column.name in mapping.writes[number].columns:
            references.resolve(f"ref_{column.refers}", column.refers, source)
            run(f"ANALYZE pg_temp.ref_{column.refers}")
