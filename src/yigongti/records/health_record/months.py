"""The observations lie in partitions, one for each month of ``effective_at`` (Beijing time).

The months from a year back to two ahead are there from the beginning, a pulse makes new ones, and a load makes those
that it brings (:func:`prepare_months`). What belongs to no month lies in the partition ``_elsewhere``; when its month
is made it moves there. Partitions cannot be read or written but through the whole table and its row-level security.
"""

import time
from datetime import date

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from yigongti.kernel import clock
from yigongti.kernel.jobs.pulse import pulse

BACK, AHEAD = 365, 62
"""Days."""

PATIENCE, PAUSE = 900.0, 3.0
"""Seconds: how long a load lets readers go first, and how long they have between two of its tries."""

#: the table as Django made it becomes a partitioned one: same columns, keys, indexes, triggers
PARTITION = """
ALTER TABLE health_record_observation RENAME TO health_record_observation_whole;
CREATE TABLE health_record_observation
    (LIKE health_record_observation_whole INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (effective_at);
DO $$
DECLARE
    made record;
BEGIN
    FOR made IN SELECT conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
                 WHERE conrelid = 'health_record_observation_whole'::regclass AND contype = 'f'
    LOOP
        EXECUTE format('ALTER TABLE health_record_observation_whole DROP CONSTRAINT %I', made.name);
        EXECUTE format('ALTER TABLE health_record_observation ADD CONSTRAINT %I %s', made.name, made.definition);
    END LOOP;
    FOR made IN SELECT indexrelid::regclass AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
                 WHERE indrelid = 'health_record_observation_whole'::regclass AND NOT indisprimary
    LOOP
        EXECUTE format('DROP INDEX %s', made.name);
        EXECUTE replace(made.definition, 'health_record_observation_whole', 'health_record_observation');
    END LOOP;
    FOR made IN SELECT tgname AS name, pg_get_triggerdef(oid) AS definition FROM pg_trigger
                 WHERE tgrelid = 'health_record_observation_whole'::regclass AND NOT tgisinternal
    LOOP
        EXECUTE format('DROP TRIGGER %I ON health_record_observation_whole', made.name);
        EXECUTE replace(made.definition, 'health_record_observation_whole', 'health_record_observation');
    END LOOP;
    ALTER TABLE health_record_observation_whole DROP CONSTRAINT health_record_observation_pkey;
    ALTER TABLE health_record_observation
        ADD CONSTRAINT health_record_observation_pkey PRIMARY KEY (id, effective_at);
END $$;
CREATE TABLE health_record_observation_elsewhere PARTITION OF health_record_observation DEFAULT;
ALTER TABLE health_record_observation_elsewhere ENABLE ROW LEVEL SECURITY;
"""

#: the months of the beginning, and the table that Django made goes
FIRST = """
SELECT health_record_months((now() - interval '{back} days')::date, (now() + interval '{ahead} days')::date);
DROP TABLE health_record_observation_whole;
"""

FUNCTIONS = """
-- make the months of a period that are missing; returns how many. Nothing before 2000 nor far ahead has a month.
CREATE FUNCTION health_record_months(first date, last date) RETURNS int
LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    begins date := date_trunc('month', greatest(first, DATE '2000-01-01'));
    ends date := least(last, current_date + 100);
    missing date[];
    month date;
    partition text;
    waiting boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('health_record_months'));
    SELECT array_agg(m::date) INTO missing FROM generate_series(begins, ends, interval '1 month') m
     WHERE to_regclass('health_record_observation_' || to_char(m, 'YYYYMM')) IS NULL;
    IF missing IS NULL THEN
        RETURN 0;
    END IF;
    SELECT EXISTS (SELECT 1 FROM health_record_observation_elsewhere
                    WHERE date_trunc('month', effective_at AT TIME ZONE 'Asia/Shanghai')::date = ANY (missing))
      INTO waiting;
    IF waiting THEN
        ALTER TABLE health_record_observation DETACH PARTITION health_record_observation_elsewhere;
    END IF;
    FOREACH month IN ARRAY missing LOOP
        partition := 'health_record_observation_' || to_char(month, 'YYYYMM');
        EXECUTE format('CREATE TABLE %I PARTITION OF health_record_observation FOR VALUES FROM (%L) TO (%L)', partition,
            month::timestamp AT TIME ZONE 'Asia/Shanghai',
            (month + interval '1 month')::timestamp AT TIME ZONE 'Asia/Shanghai');
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', partition);
    END LOOP;
    IF waiting THEN
        FOREACH month IN ARRAY missing LOOP
            WITH moved AS (
                DELETE FROM health_record_observation_elsewhere
                 WHERE effective_at >= month::timestamp AT TIME ZONE 'Asia/Shanghai'
                   AND effective_at < (month + interval '1 month')::timestamp AT TIME ZONE 'Asia/Shanghai' RETURNING *
            ) INSERT INTO health_record_observation SELECT * FROM moved;
        END LOOP;
        ALTER TABLE health_record_observation ATTACH PARTITION health_record_observation_elsewhere DEFAULT;
    END IF;
    RETURN cardinality(missing);
END $$;

-- autovacuum looks at the partitions, never at the whole
CREATE FUNCTION health_record_analyze() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE health_record_observation;
END $$;
"""


def prepare_months(first: date, last: date) -> int:
    """Make the months of a period that are missing; returns how many were made.

    For a load, before its own transaction: making a partition holds locks on the tables that it refers to. Whoever
    reads observations for long (the warehouse) is waited for, but in short turns: who waits for a lock has everybody
    behind it wait as well, and records are opened meanwhile.
    """
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            return _make(first, last, "2s")
        except OperationalError as refused:
            if not isinstance(refused.__cause__, LockNotAvailable):
                raise
            time.sleep(PAUSE)
    return _make(first, last, "0")


def _make(first: date, last: date, wait: str) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [wait])
        cursor.execute("SELECT health_record_months(%s, %s)", [first, last])
        made = int(cursor.fetchone()[0])
        cursor.execute("SELECT set_config('lock_timeout', '0', true)")
        return made


#: bytes of the months against the rows of which the planner knows, at the size of a usual row
OUTGROWN = """
SELECT coalesce(sum(pg_relation_size(inhrelid)), 0) / 300 >
       2 * greatest((SELECT reltuples FROM pg_class WHERE oid = 'health_record_observation'::regclass), 0)
  FROM pg_inherits WHERE inhparent = 'health_record_observation'::regclass
"""


def after_load() -> bool:
    """Tell the planner what the whole table holds, when it has outgrown what the planner knew; answers whether it had.

    PostgreSQL looks at the months by itself soon after a load; the whole is looked at each time it has doubled.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(OUTGROWN)
        outgrown = bool(cursor.fetchone()[0])
        if outgrown:
            cursor.execute("SELECT health_record_analyze()")
        return outgrown


@pulse(every=6 * 3600)
def months_ahead() -> None:
    """The months to come are there before they begin. Waits for nobody longer than two seconds."""
    today = clock.today()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        cursor.execute("SELECT health_record_months(%s, %s + %s)", [today, today, AHEAD])
