"""From pairs to persons: what is linked through others, and at most one partner where that is asked for."""

import duckdb

from yigongti.records.linkage.configuration import MORE_THAN_ONE, LinkageModel
from yigongti.records.linkage.preparing import ROWS

LARGEST = 50
"""A group of more rows is no person: its pairs stay as they are."""


def resolve(connection: duckdb.DuckDBPyConnection, model: LinkageModel, pairs: str, *, two: bool) -> None:
    """Change the outcomes in the table ``pairs`` as the model's ``resolve`` says."""
    if model.resolve == "best" and two:
        best(connection, pairs, model.thresholds.margin)
    elif model.resolve == "one-to-one":
        one_to_one(connection, pairs)
    elif model.resolve == "groups":
        close(connection, pairs)


def best(connection: duckdb.DuckDBPyConnection, pairs: str, margin: float) -> None:
    """Of the links of a row of the second table the likeliest stays if it is ahead by ``margin`` bits; the others wait.

    The online form is :meth:`..online.Scorer.settled`.
    """
    row = "PARTITION BY b ORDER BY weight DESC, a"
    connection.execute(
        f"""UPDATE {pairs} p SET outcome = 'review', rule = '{MORE_THAN_ONE}' FROM (
            SELECT a, b, row_number() OVER ({row}) AS place, first_value(weight) OVER ({row}) AS most,
                   nth_value(weight, 2) OVER ({row} ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next
              FROM {pairs} WHERE outcome = 'link') l
        WHERE p.a = l.a AND p.b = l.b AND (l.place > 1 OR l.most - l.next < {margin})"""
    )


def one_to_one(connection: duckdb.DuckDBPyConnection, pairs: str) -> None:
    """Pairs that are the best of both rows stay linked, then the best among the rest, and so on; others wait."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE linkage_open AS SELECT a, b, weight FROM {pairs} WHERE outcome = 'link'"
    )
    connection.execute("CREATE OR REPLACE TEMP TABLE linkage_chosen (a BIGINT, b BIGINT)")
    while True:
        [(chosen,)] = connection.execute(
            """INSERT INTO linkage_chosen SELECT a, b FROM (
                SELECT a, b FROM (SELECT a AS row, * FROM linkage_open UNION ALL SELECT b AS row, * FROM linkage_open)
                QUALIFY row_number() OVER (PARTITION BY row ORDER BY weight DESC, a, b) = 1)
            GROUP BY a, b HAVING count(*) = 2"""
        ).fetchall()
        if not chosen:
            break
        connection.execute(
            """DELETE FROM linkage_open o
            USING (SELECT a AS row FROM linkage_chosen UNION SELECT b FROM linkage_chosen) c
            WHERE o.a = c.row OR o.b = c.row"""
        )
    connection.execute(
        f"""UPDATE {pairs} SET outcome = 'review' WHERE outcome = 'link'
        AND (a, b) NOT IN (SELECT (a, b) FROM linkage_chosen)"""
    )


def groups(connection: duckdb.DuckDBPyConnection, pairs: str) -> None:
    """``linkage_groups``: each linked row and the smallest row number it is linked with, directly or through others."""
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE linkage_edges AS
        SELECT a, b FROM {pairs} WHERE outcome = 'link' UNION SELECT b, a FROM {pairs} WHERE outcome = 'link'"""
    )
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE linkage_groups AS SELECT a AS row, least(a, min(b)) AS head
        FROM linkage_edges GROUP BY a"""
    )
    while True:
        connection.execute(
            """CREATE OR REPLACE TEMP TABLE linkage_next AS
            SELECT g.row, least(g.head, min(n.head), min(h.head)) AS head FROM linkage_groups g
            JOIN linkage_edges e ON e.a = g.row JOIN linkage_groups n ON n.row = e.b
            JOIN linkage_groups h ON h.row = g.head GROUP BY g.row, g.head"""
        )
        [(moved,)] = connection.execute(
            "SELECT count(*) FROM linkage_next n JOIN linkage_groups g USING (row) WHERE n.head <> g.head"
        ).fetchall()
        connection.execute("CREATE OR REPLACE TEMP TABLE linkage_groups AS FROM linkage_next")
        if not moved:
            return


def close(connection: duckdb.DuckDBPyConnection, pairs: str) -> None:
    """Every pair within a group of linked rows is linked (``rule`` = ``group`` where the pair itself was not)."""
    groups(connection, pairs)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE linkage_within AS
        WITH small AS (SELECT head FROM linkage_groups GROUP BY head HAVING count(*) BETWEEN 3 AND {LARGEST})
        SELECT x.row AS a, y.row AS b FROM small JOIN linkage_groups x USING (head)
        JOIN linkage_groups y USING (head)
        JOIN {ROWS} l ON l.unique_id = x.row JOIN {ROWS} r ON r.unique_id = y.row
        WHERE x.row < y.row AND (l.source_dataset <> r.source_dataset
            OR NOT EXISTS (SELECT 1 FROM {ROWS} WHERE source_dataset = 'b'))"""
    )
    connection.execute(
        f"""UPDATE {pairs} SET outcome = 'link', rule = 'group' WHERE outcome <> 'link'
        AND (a, b) IN (SELECT (a, b) FROM linkage_within)"""
    )
    connection.execute(
        f"""INSERT INTO {pairs} BY NAME SELECT a, b, 'link' AS outcome, 'group' AS rule FROM linkage_within
        WHERE (a, b) NOT IN (SELECT (a, b) FROM {pairs})"""
    )
