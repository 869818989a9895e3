"""Whom a person said that an identity is not: neither a rule nor a weight ties the two, and nobody is asked again."""

from .staging import run

#: the last word of people about the identity and the resident (or whoever their record became part of) counts
APART = """
CREATE TEMP TABLE index_apart ON COMMIT DROP AS
SELECT identity, resident FROM (
    SELECT DISTINCT ON (d.identity_id, d.resident_id) d.identity_id AS identity,
           residents_survivor(d.resident_id) AS resident, d.outcome
      FROM residents_matchdecision d
     WHERE d.outcome IN ('manual', 'rejected') AND d.identity_id IN (SELECT identity FROM index_tied)
     ORDER BY d.identity_id, d.resident_id, d.at DESC, d.id DESC
) said WHERE outcome = 'rejected'
"""


def gather() -> None:
    """``index_apart``: pairs that people kept apart, of the identities at hand."""
    run("DROP TABLE IF EXISTS index_apart")
    run(APART)


def undo_rules() -> None:
    """What a rule tied against the word of a person is open again."""
    run(
        """UPDATE index_tied t SET found = NULL, rule = NULL, outcome = NULL FROM index_apart a
        WHERE a.identity = t.identity AND a.resident = t.found"""
    )


def drop_pairs() -> None:
    """Such pairs are not compared."""
    run("DELETE FROM index_pairs p USING index_apart a WHERE a.identity = p.identity AND a.resident = p.resident")
