"""How right it was, where the file says who is who."""

from dataclasses import asdict, dataclass

import duckdb

from yigongti.records.linkage.preparing import ROWS


@dataclass(frozen=True)
class Score:
    """Linked pairs against true pairs."""

    linked: int
    true: int
    right: int

    @property
    def precision(self) -> float:
        """Of the linked pairs, how many are true."""
        return self.right / self.linked if self.linked else 1.0

    @property
    def recall(self) -> float:
        """Of the true pairs, how many are linked."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def as_dict(self) -> dict[str, float]:
        """For a program."""
        return {**asdict(self), "precision": self.precision, "recall": self.recall, "f1": self.f1}


def score(connection: duckdb.DuckDBPyConnection, pairs: str, *, two: bool, outcome: str = "link") -> Score:
    """Compare the linked pairs with the truth column of the prepared rows."""
    linked, right = connection.execute(
        f"""SELECT count(*), count_if(x.truth = y.truth) FROM {pairs} p JOIN {ROWS} x ON x.unique_id = p.a
        JOIN {ROWS} y ON y.unique_id = p.b WHERE p.outcome = '{outcome}'"""
    ).fetchall()[0]
    sides = (
        "count_if(source_dataset = 'a') * count_if(source_dataset = 'b')" if two else "count(*) * (count(*) - 1) / 2"
    )
    [(true,)] = connection.execute(
        f"SELECT coalesce(sum(n), 0) FROM (SELECT {sides} AS n FROM {ROWS} WHERE truth IS NOT NULL GROUP BY truth)"
    ).fetchall()
    return Score(int(linked), int(true), int(right or 0))
