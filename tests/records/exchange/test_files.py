"""Whatever is done to the bytes of a delivery: refused as a whole, or every line is told of."""

import gzip
import io
import os
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest
from delivery_bench import delivered, mapping
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from yigongti.records.exchange.files import Unreadable, gather, unpacked_bytes
from yigongti.records.exchange.mappings import DeliveryMapping

#: the figure for ten thousand stands in docs/performance.md; set YIGONGTI_MUTATED to repeat it
EXAMPLES = int(os.environ.get("YIGONGTI_MUTATED", "40"))
ROWS = [["id", "name", "sex", "born"]] + [
    [f"p{n}", name, str(1 + n % 2), f"19{58 + n}-03-12"]
    for n, name in enumerate(["王秀英", "李, 强", '张"三"', "赵\n六", "钱七", "孙八", "p0", ""])
]
PIECES = [b'"', b'""', b",", b"\n", b"\r\n", b"\r", b"\x00", b"\xff", b"\xef\xbb\xbf", "年".encode("gb18030"), b"=1+1",
          b"'", b"\\", b"[", b"{", b"}", b"null", b"9" * 40, "𠀀".encode(), b"\x1a", b"--", b";", b"\t"]  # fmt: skip


def as_csv() -> bytes:
    """Quoted where it must be."""
    quoted = [
        [f'"{cell.replace(chr(34), chr(34) * 2)}"' if set(cell) & set(',"\n') else cell for cell in r] for r in ROWS
    ]
    return "\n".join(",".join(row) for row in quoted).encode() + b"\n"


def as_xlsx() -> bytes:
    """One sheet."""
    book = openpyxl.Workbook()
    for row in ROWS:
        book.worksheets[0].append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def as_jsonl() -> bytes:
    """One object a line."""
    import json

    return "\n".join(json.dumps(dict(zip(ROWS[0], row, strict=True)), ensure_ascii=False) for row in ROWS[1:]).encode()


def as_zip() -> bytes:
    """The CSV, packed."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("people.csv", as_csv())
    return content.getvalue()


MADE: dict[str, Callable[[], bytes]] = {
    "people.csv": as_csv,
    "people.xlsx": as_xlsx,
    "people.jsonl": as_jsonl,
    "people.zip": as_zip,
    "people.csv.gz": lambda: gzip.compress(as_csv()),
}
VALID = {name: make() for name, make in MADE.items()}
BY_NAME = {"people.jsonl": {"people": {"file": "people.jsonl", "title": "人员", "format": "jsonl", "columns": ROWS[0]}}}


def by(name: str) -> DeliveryMapping:
    """The mapping for a file."""
    return mapping(reads=BY_NAME[name]) if name in BY_NAME else mapping()


def mutated(content: bytes, seed: int) -> bytes:
    """Pieces put in, taken out, doubled, exchanged; sometimes the end cut off."""
    chance = random.Random(seed)
    data = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 3, 8])):
        at, length = chance.randrange(len(data) + 1), chance.choice([0, 0, 1, 1, 3, 20])
        kind = chance.randrange(5)
        if kind == 0:
            data[at:at] = chance.choice(PIECES)
        elif kind == 1:
            data[at : at + length] = b""
        elif kind == 2:
            data[at : at + length] = chance.randbytes(length)
        elif kind == 3:
            data[at:at] = data[at : at + length]
        elif chance.random() < 0.2:
            del data[at:]
        else:
            data[at : at + 1] = chance.choice(PIECES)
    return bytes(data)


@pytest.mark.parametrize("name", list(VALID))
def test_the_valid_files_are_read_whole(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(VALID[name])
    with delivered(by(name), [tmp_path / name]) as found:
        assert found.total == {"read": 8, "accepted": 8, "duplicate": 0, "rejected": 0, "reference": 0}
        assert [row[0] for row in found.rows("name")][:4] == ["王秀英", "李, 强", '张"三"', "赵\n六"]


#: found by a long run: an archive of a version that nobody has
@example(name="people.xlsx", seed=268)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(name=st.sampled_from(sorted(VALID)), seed=st.integers(0, 2**48))
def test_every_line_of_a_mutated_file_is_told_of(name: str, seed: int) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(mutated(VALID[name], seed))
        try:
            with delivered(by(name), [path]) as found:
                total, rows = found.total, found.rows("line")
                refused = found.problems
        except Unreadable as error:
            assert error.message  # noqa: PT017
            return
    assert total["read"] == sum(total[word] for word in ("accepted", "duplicate", "rejected", "reference")), (
        name,
        seed,
    )
    assert min(total.values()) >= 0, (name, seed)
    assert len(rows) == len(set(rows)), (name, seed)
    assert total["read"] == len({line for (line,) in rows} | {line for line, *_ in refused}), (name, seed)
    assert all(reason for _, _, reason in refused), (name, seed)


def test_an_archive_with_a_nameless_file_is_refused_with_words(tmp_path: Path) -> None:
    """Found by ten thousand mutated files."""
    path = tmp_path / "people.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x", "name\n")
    path.write_bytes(path.read_bytes().replace(b"x", b"\x00"))
    with pytest.raises(Unreadable, match="没有名字"):
        unpacked_bytes(path, path.name)


def test_an_archive_whose_names_disagree_is_refused_with_words(tmp_path: Path) -> None:
    """Found by ten thousand mutated files: the name before the content is marked as UTF-8 and is none."""
    path = tmp_path / "people.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("名.csv", "name\n")
    content = path.read_bytes()
    path.write_bytes(content.replace("名".encode(), b"\xcb\x28\x28", 1))
    with pytest.raises(Unreadable, match="已损坏"):
        gather([path], tmp_path)
