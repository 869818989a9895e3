"""Pseudonyms and shifted dates: HMAC-SHA-256 under the secret of one extract, computed by the bench as a set.

Another extract has another secret, so the same person has another pseudonym there and nobody can join the two; when an
extract is destroyed its secret goes too, and not even the house can say any more who was who.
"""

import secrets

import duckdb

BLOCK = 64
#: characters of a pseudonym: 80 bits
LENGTH = 20


def new_secret() -> str:
    """32 random bytes in hexadecimal."""
    return secrets.token_hex(32)


def install(bench: duckdb.DuckDBPyConnection, secret: str) -> None:
    """``pseudonym(text)`` and ``shifted(day, text, days)`` under the secret (hexadecimal)."""
    padded = bytes.fromhex(secret).ljust(BLOCK, b"\0")
    inner, outer = (bytes(byte ^ mask for byte in padded).hex() for mask in (0x36, 0x5C))
    bench.execute(f"""
        CREATE OR REPLACE MACRO keyed(x) AS
            sha256(unhex('{outer}') || unhex(sha256(unhex('{inner}') || encode(x::VARCHAR))));
        CREATE OR REPLACE MACRO pseudonym(x) AS left(keyed('person:' || x), {LENGTH});
        CREATE OR REPLACE MACRO days_of(x, days) AS
            ('0x' || left(keyed('days:' || x), 12))::BIGINT % (2 * days) - days;
        CREATE OR REPLACE MACRO shifted(day, x, days) AS
            day + (CASE WHEN days_of(x, days) >= 0 THEN days_of(x, days) + 1 ELSE days_of(x, days) END)::INTEGER;
    """)
