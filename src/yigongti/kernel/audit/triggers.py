"""Declared on a model's ``Meta.triggers``: what the database itself guarantees about its rows."""

from collections.abc import Sequence

import pgtrigger


def audited(
    table: str = "", *, resident: str = "", without: Sequence[str] = (), inserts: bool = True
) -> pgtrigger.Trigger:
    """Every insert, update and delete leaves an entry with the old and new values, whoever writes.

    ``resident`` names the column that holds the resident concerned; columns in ``without`` are left out.
    ``inserts=False`` is for rows that say themselves who made them and when, and are never overwritten. A partitioned
    table gives its name as ``table``: the trigger itself would name the partition.
    """
    removed = ",".join(without)
    subject = f"'{table}'" if table else "TG_TABLE_NAME"
    changes = pgtrigger.Update | pgtrigger.Delete
    return pgtrigger.Trigger(
        name="audited",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | changes if inserts else changes,
        func=f"""
            PERFORM audit_write({subject}::text, TG_OP,
                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,
                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '{resident}', '{{{removed}}}');
            RETURN NULL;
        """,
    )


def append_only(*, once: Sequence[str] = ()) -> pgtrigger.Trigger:
    """Rows are never deleted and never change; a column in ``once`` may be filled once, while it is still null."""
    forgiven = " ".join(f"- '{column}'" for column in once)
    refilled = " OR ".join(f"OLD.{column} IS NOT NULL" for column in once) or "false"
    return pgtrigger.Trigger(
        name="append_only",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF TG_OP = 'DELETE' OR (to_jsonb(OLD) {forgiven}) <> (to_jsonb(NEW) {forgiven}) OR {refilled} THEN
                RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        """,
    )
