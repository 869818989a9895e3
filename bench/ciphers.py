"""How fast columns are sealed, indexed and opened, and names and numbers are judged, on one core.

``python bench/ciphers.py [rows]`` prints rows a second; no database is needed.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import islice, product
from time import perf_counter
from uuid import uuid4

os.environ.setdefault("YIGONGTI_MODE", "demo")
os.environ.setdefault("YIGONGTI_HOME", tempfile.mkdtemp(prefix="yigongti-bench-"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yigongti.site.settings")

from yigongti.kernel.ciphers import blind, columns
from yigongti.records.residents import health_code, identity, names, normal_forms


def rate(what: str, rows: int, work: Callable[[], Iterable[object]]) -> None:
    """Run ``work`` to its end and print how many rows it did a second."""
    start = perf_counter()
    for _ in work():
        pass
    print(f"{what:<28}{rows / (perf_counter() - start):>12,.0f} rows/s")


def main(rows: int) -> None:
    """Measure with ``rows`` identification numbers."""
    days = (date(1930, 1, 1) + timedelta(n) for n in range(35_000))
    numbers = [identity.generate(day, "1", "431127", n) for day, n in islice(product(days, range(50)), rows)]
    blind.declare("id_number", normal_forms.identity_digits)
    sealed = list(columns.encrypt_column(numbers, "residents_resident.id_number"))
    rate("seal (SM4-GCM)", rows, lambda: columns.encrypt_column(numbers, "residents_resident.id_number"))
    rate("open", rows, lambda: columns.decrypt_column(sealed, "residents_resident.id_number"))
    rate("blind index (HMAC-SM3)", rows, lambda: columns.index_column(numbers, "id_number"))
    rate("parse number", rows, lambda: map(identity.parse, numbers))
    people = [f"王{chr(0x4E00 + n % 3000)}{chr(0x4E00 + n // 3000 % 3000)}" for n in range(rows // 10)]
    rate("pinyin, no name repeated", rows // 10, lambda: map(names.search_keys, people))
    now, resident = datetime(2026, 11, 21, tzinfo=UTC), uuid4()
    codes = [health_code.issue(resident, now) for _ in range(rows // 10)]
    rate("health code, verified", rows // 10, lambda: (health_code.verify(code, now) for code in codes))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
