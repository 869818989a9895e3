"""The second wall: PostgreSQL row-level security on tables with personal data.

A migration says ``protect("referral_referral", VISIBLE)``; the settings that the expressions read are made by
:func:`yigongti.kernel.access.acting.acting`. The role that serves people neither owns the tables nor bypasses this.
"""

from django.db import migrations

#: the actor is the machine
EVERYTHING = "(SELECT acting_for_all())"


def parties(column: str = "parties") -> str:
    """Rows whose array of organisations touches the actor's."""
    return f"{column} && (SELECT acting_organizations())"


def resident_self(column: str = "resident_id") -> str:
    """Rows of the resident who is looking."""
    return f"{column} = (SELECT acting_resident())"


def any_of(*conditions: str) -> str:
    """The machine, or any of the conditions."""
    return " OR ".join(f"({c})" for c in (EVERYTHING, *conditions))


def protect(table: str, visible: str, *, insert: str = "true") -> migrations.RunSQL:
    """Show and change only rows for which ``visible`` holds; new rows must satisfy ``insert``."""
    return migrations.RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY seen ON {table} FOR SELECT USING ({visible});
        CREATE POLICY changed ON {table} FOR UPDATE USING ({visible}) WITH CHECK (true);
        CREATE POLICY removed ON {table} FOR DELETE USING ({visible});
        CREATE POLICY added ON {table} FOR INSERT WITH CHECK ({insert});
        """,
        f"""
        DROP POLICY seen ON {table}; DROP POLICY changed ON {table}; DROP POLICY removed ON {table};
        DROP POLICY added ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        """,
    )
