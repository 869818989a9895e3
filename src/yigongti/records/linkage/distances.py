"""String distances on UTF-8 bytes, each equal to the DuckDB function of the same name (tested against it)."""

from collections.abc import Sequence


def levenshtein(left: str, right: str) -> int:
    """Insertions, deletions and substitutions."""
    a, b = left.encode(), right.encode()
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (x != y))
    return row[-1]


def damerau_levenshtein(left: str, right: str) -> int:
    """As :func:`levenshtein`, and the swap of two neighbours is one step (the unrestricted distance)."""
    a, b = left.encode(), right.encode()
    far = len(a) + len(b)
    table = [[far] * (len(b) + 2) for _ in range(len(a) + 2)]
    for i in range(len(a) + 1):
        table[i + 1][1] = i
    for j in range(len(b) + 1):
        table[1][j + 1] = j
    seen: dict[int, int] = {}
    for i, x in enumerate(a, 1):
        last = 0
        for j, y in enumerate(b, 1):
            above, beside = seen.get(y, 0), last
            if x == y:
                last = j
            table[i + 1][j + 1] = min(
                table[i][j] + (x != y),
                table[i + 1][j] + 1,
                table[i][j + 1] + 1,
                table[above][beside] + (i - above - 1) + 1 + (j - beside - 1),
            )
        seen[x] = i
    return table[-1][-1]


def within(left: str, right: str, most: int) -> bool:
    """``damerau_levenshtein(left, right) <= most``, without computing what is clearly further."""
    if left == right:
        return True
    if abs(len(left.encode()) - len(right.encode())) > most:
        return False
    if most == 1 and len(left) == len(right) and left.isascii() and right.isascii():
        places = [n for n, (x, y) in enumerate(zip(left, right, strict=True)) if x != y]
        if len(places) <= 1:
            return True
        if len(places) > 2:
            return False
        first, second = places
        return second == first + 1 and left[first] == right[second] and left[second] == right[first]
    return damerau_levenshtein(left, right) <= most


def jaro_winkler(left: str, right: str) -> float:
    """0 to 1; a common beginning of up to four bytes counts more, when the rest is alike at all (above 0.7)."""
    a, b = left.encode(), right.encode()
    if not a or not b:
        return 1.0 if not a and not b else 0.0
    ours, theirs = _matched(a, b)
    if not ours:
        return 0.0
    swaps = sum(x != y for x, y in zip(ours, theirs, strict=True)) // 2
    common = len(ours)
    jaro = (common / len(a) + common / len(b) + (common - swaps) / common) / 3
    if jaro <= 0.7:
        return jaro
    prefix = next((n for n, (x, y) in enumerate(zip(a[:4], b[:4], strict=False)) if x != y), min(4, len(a), len(b)))
    return jaro + prefix * 0.1 * (1 - jaro)


TAKEN = 0xFF
"""No byte of UTF-8."""


def _matched(a: bytes, b: bytes) -> tuple[Sequence[int], Sequence[int]]:
    """The bytes of either side that have a partner within the window, each in its own order."""
    window = max(max(len(a), len(b)) // 2 - 1, 0)
    left, ours = bytearray(b), bytearray()
    for i, x in enumerate(a):
        if (j := left.find(x, max(i - window, 0), i + window + 1)) >= 0:
            left[j] = TAKEN
            ours.append(x)
    return ours, [y for y, rest in zip(b, left, strict=True) if rest == TAKEN]
