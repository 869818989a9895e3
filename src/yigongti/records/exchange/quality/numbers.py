"""Identity numbers against the birth date and the sex beside them. Numbers are sealed: each version is opened once."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.db import connection

from yigongti.kernel.ciphers.columns import decrypt_column
from yigongti.records.exchange.staging import ask
from yigongti.records.residents.identity import FEMALE, MALE
from yigongti.records.residents.models import SourceIdentity
from yigongti.records.residents.normal_forms import identity_digits

AT_ONCE = 20_000
SEALED_AS = getattr(SourceIdentity._meta.get_field("id_number"), "associated")  # noqa: B009
#: identities with a citizen's number whose version has not been looked at
UNSEEN = """
SELECT s.id, s.content_hash, s.id_number, s.birth_date, s.sex FROM residents_sourceidentity s
LEFT JOIN data_quality_numbercheck n ON n.identity_id = s.id
WHERE s.source = ANY(%(sources)s) AND s.id > %(after)s AND s.id_number IS NOT NULL AND s.identity_kind IN ('01', '')
  AND (n.identity_id IS NULL OR n.content_hash IS DISTINCT FROM s.content_hash)
ORDER BY s.id LIMIT %(rows)s
"""
SEEN = """
INSERT INTO data_quality_numbercheck (identity_id, content_hash, birth_agrees, sex_agrees)
SELECT * FROM unnest(%s::uuid[], %s::bytea[], %s::boolean[], %s::boolean[])
ON CONFLICT (identity_id) DO UPDATE SET content_hash = excluded.content_hash, birth_agrees = excluded.birth_agrees,
    sex_agrees = excluded.sex_agrees
"""
FIRST = "00000000-0000-0000-0000-000000000000"


def look(sources: Sequence[str]) -> int:
    """Look at the numbers of these sources that are new or changed; returns how many. Call it inside ``acting``."""
    looked, after = 0, FIRST
    while rows := ask(UNSEEN, {"sources": list(sources), "after": after, "rows": AT_ONCE}):
        numbers = decrypt_column([row[2] for row in rows], SEALED_AS)
        judged = list(_judged(rows, numbers))
        with connection.cursor() as cursor:
            cursor.execute(
                SEEN,
                [
                    [row[0] for row in rows],
                    [row[1] and bytes(row[1]) for row in rows],
                    [birth for birth, _ in judged],
                    [sex for _, sex in judged],
                ],
            )
        looked, after = looked + len(rows), str(rows[-1][0])
    return looked


def _judged(
    rows: Sequence[tuple[Any, ...]], numbers: Iterator[str | None]
) -> Iterator[tuple[bool | None, bool | None]]:
    for (*_, born, sex), number in zip(rows, numbers, strict=True):
        yield agrees(identity_digits(number or ""), born, sex)


def agrees(number: str, born: date | None, sex: str) -> tuple[bool | None, bool | None]:
    """Whether an 18-digit number agrees with birth date and sex; None where there is nothing to compare."""
    if len(number) != 18 or not number[:17].isdecimal():
        return None, None
    birth = f"{born:%Y%m%d}" == number[6:14] if born else None
    male = int(number[16]) % 2 == 1
    return birth, (sex == MALE) == male if sex in (MALE, FEMALE) else None
