"""Declared on a model's ``Meta.triggers``: what the database itself guarantees about its rows."""

from collections.abc import Iterable, Sequence

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


#: the same content as ``audit_write``, of all rows of a statement at once; OFFSET 0: a row becomes JSON only once
WRITTEN = """
    INSERT INTO audit_entry (at, user_id, organization_id, action, subject, subject_id, resident_id, purpose, data)
    SELECT clock_timestamp(), (SELECT acting_user()), (SELECT acting_organization()), TG_OP, TG_TABLE_NAME,
           coalesce(w.after ->> 'id', w.before ->> 'id', ''), (coalesce(w.after, w.before) ->> '{resident}')::uuid,
           coalesce((SELECT current_setting('yigongti.purpose', true)), ''), {content}
"""
CHANGED = """
      FROM (SELECT to_jsonb(o) - '{without}'::text[] AS before, to_jsonb(n) - '{without}'::text[] AS after
              FROM old_rows o FULL JOIN new_rows n ON n.id = o.id OFFSET 0) w
     CROSS JOIN LATERAL (
        SELECT jsonb_object_agg(k.key, w.before -> k.key) AS old, jsonb_object_agg(k.key, w.after -> k.key) AS new
          FROM jsonb_object_keys(coalesce(w.before, w.after)) k(key)
         WHERE w.before -> k.key IS DISTINCT FROM w.after -> k.key) c
     WHERE c.old IS NOT NULL;
    RETURN NULL;
"""
WHOLE = """
      FROM (SELECT {before} AS before, {after} AS after FROM {rows} one OFFSET 0) w;
    RETURN NULL;
"""


def is_audited(triggers: Iterable[pgtrigger.Trigger]) -> bool:
    """Whether a table with these triggers leaves entries of its rows."""
    return any(str(trigger.name).startswith("audited") for trigger in triggers)


def audited_together(*, resident: str, without: Sequence[str] = (), inserts: bool = True) -> list[pgtrigger.Trigger]:
    """As :func:`audited`, for tables that loads write: the entries of all rows of a statement in one statement.

    A trigger for each kind of write, as PostgreSQL wants it. The table has a column ``id``.
    """
    removed = ",".join(without)
    row = f"to_jsonb(one) - '{{{removed}}}'::text[]"
    written = WRITTEN.replace("{resident}", resident)
    whole = written.replace("{content}", "coalesce(w.after, w.before)") + WHOLE
    changed = written.replace("{content}", "jsonb_build_object('old', c.old, 'new', c.new)")
    inserted = whole.format(before="NULL::jsonb", after=row, rows="new_rows")
    deleted = whole.format(before=row, after="NULL::jsonb", rows="old_rows")
    kinds = {
        "insert": (pgtrigger.Insert, pgtrigger.Referencing(new="new_rows"), inserted),
        "update": (
            pgtrigger.Update,
            pgtrigger.Referencing(old="old_rows", new="new_rows"),
            changed + CHANGED.replace("{without}", f"{{{removed}}}"),
        ),
        "delete": (pgtrigger.Delete, pgtrigger.Referencing(old="old_rows"), deleted),
    }
    return [
        pgtrigger.Trigger(
            name=f"audited_{kind}",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=operation,
            referencing=referencing,
            func=func,
        )
        for kind, (operation, referencing, func) in kinds.items()
        if inserts or kind != "insert"
    ]


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
