"""The files of a delivery: gathered from folders and archives, unpacked, and as UTF-8."""

import codecs
import gzip
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, cast

import duckdb

from yigongti.kernel.errors import Invalid

BLOCK = 1 << 20
#: one line of a table, one FHIR resource or one JSON line may be this long (bytes)
LONGEST_LINE = 32 << 20
#: what is packed may unpack to so many times its size, and to so many bytes in any case
RATIO, ALWAYS = 200, 256 << 20
#: files that systems leave in folders; those that begin with a dot or ``~$`` besides
LEFTOVERS = ("thumbs.db", "desktop.ini")
#: UTF-8 with bytes that are none
BROKEN = "broken"


class Unreadable(Invalid):
    """A file that cannot be read at all: which one, why, and the way out."""

    kind = "file-unreadable"


@dataclass(frozen=True)
class Delivered:
    """A file of the delivery under the name that its sender gave it; ``folder`` is where it may be rewritten.

    ``after`` is the last line of the files of the same read before it; ``place`` its name with the folders of the
    delivery or the archive around it.
    """

    path: Path
    name: str
    folder: Path
    after: int = 0
    place: str = ""

    @property
    def leftover(self) -> bool:
        """Whether an operating system or an office program left it there, without anybody meaning to send it."""
        return self.name.startswith((".", "~$")) or self.name.lower() in LEFTOVERS

    def beside(self, ending: str) -> Path:
        """Where another form of the file may be written."""
        return self.folder / f"{len(list(self.folder.iterdir()))}-{self.path.name}{ending}"


def gather(paths: Iterable[Path], into: Path) -> list[Delivered]:
    """The files of a delivery: folders are listed, archives (in folders too) unpacked into ``into``."""
    found: list[Delivered] = []
    for path in paths:
        if path.is_dir():
            inside = [one for one in sorted(path.rglob("*")) if one.is_file()]
        elif path.is_file():
            inside = [path]
        else:
            raise Unreadable(f"没有文件 {path.name}", hint="请检查路径")
        for one in inside:
            place = _readable(str(one.relative_to(path)) if path.is_dir() else one.name)
            plain = Delivered(one, _readable(one.name), into, place=place)
            zipped = one.suffix.lower() == ".zip" and not plain.leftover
            found += _unzipped(one, into, place) if zipped else [plain]
    return found


def _readable(name: str) -> str:
    """A name in another encoding is told as far as it can be read."""
    return name.encode(errors="replace").decode()


def _unzipped(path: Path, into: Path, place_of: str) -> Iterator[Delivered]:
    unpacked_bytes(path, path.name)
    try:
        with zipfile.ZipFile(path) as archive:
            left = _allowed(path)
            for place, member in enumerate(archive.infolist(), start=len(list(into.iterdir()))):
                if not member.is_dir():
                    target = into / f"{place}-{Path(member.filename).name}"
                    with archive.open(member) as source:
                        left -= _poured(source, target, left, path.name)
                    inside = f"{place_of}/{member.filename}"
                    yield Delivered(target, Path(member.filename).name, into, place=_readable(inside))
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise Unreadable(f"压缩包 {path.name} 已损坏或有密码", hint="请重新压缩后再发送") from error


def unpacked(one: Delivered) -> Delivered:
    """A file that came as ``.gz`` without its packing, any other as it is. Raises :class:`Unreadable`."""
    if not one.name.lower().endswith(".gz"):
        return one
    target = one.beside(".plain")
    try:
        with gzip.open(one.path, "rb") as source:
            _poured(cast(IO[bytes], source), target, _allowed(one.path), one.name)
    except (gzip.BadGzipFile, zlib.error, EOFError, OSError) as error:
        raise Unreadable(f"{one.name} 不是完整的 gz 文件", hint="请重新压缩后再发送") from error
    return replace(one, path=target, name=one.name[:-3])


def unpacked_bytes(path: Path, name: str) -> int:
    """How large an archive says it will be. Raises :class:`Unreadable` beyond what is allowed, or when it is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise Unreadable(f"压缩包 {name} 已损坏", hint="请重新压缩后再发送") from error
    if not all(member.filename for member in members):
        raise Unreadable(f"压缩包 {name} 已损坏：里面有没有名字的文件", hint="请重新压缩后再发送")
    said = sum(member.file_size for member in members)
    if said > _allowed(path):
        raise _too_large(name)
    return said


def _allowed(path: Path) -> int:
    return max(ALWAYS, RATIO * path.stat().st_size)


def _poured(source: IO[bytes], target: Path, most: int, name: str) -> int:
    """Unpack, whatever the archive says of its size; returns the bytes."""
    written = 0
    with target.open("wb") as sink:
        while block := source.read(BLOCK):
            written += len(block)
            if written > most:
                raise _too_large(name)
            sink.write(block)
    return written


def _too_large(name: str) -> Unreadable:
    return Unreadable(f"{name} 解开后太大", hint=f"解开后最多为原来的 {RATIO} 倍；请分成几个文件，或不压缩发送")


def note(connection: duckdb.DuckDBPyConnection, name: str, one: Delivered, line: int, value: str, reason: str) -> None:
    """A line of a file that cannot be read, and why."""
    connection.cursor().execute(
        "INSERT INTO unreadable VALUES (?, ?, ?, '', ?, ?)", [name, one.name, one.after + line, value, reason]
    )


def utf8(one: Delivered, *, broken: bool = False) -> Path:
    """The file as UTF-8: GB 18030 and UTF-16 are rewritten beside it, block by block.

    ``broken``: the reader can tell in which line of UTF-8 a broken byte stands. Raises :class:`Unreadable`.
    """
    encoding = _encoding(one.path)
    if encoding == "utf-8" or (encoding == BROKEN and broken):
        return one.path
    if encoding == BROKEN:
        raise Unreadable(f"{one.name} 里有不是 UTF-8 的字节", hint="请重新导出后再发送")
    target = one.beside(".utf8")
    try:
        with (
            one.path.open(encoding=encoding, newline="") as source,
            target.open("w", encoding="utf-8", newline="") as sink,
        ):
            shutil.copyfileobj(source, sink, BLOCK)
    except UnicodeError as error:
        raise Unreadable(f"{one.name} 的文字编码不能识别", hint="请另存为 UTF-8 或 GB 18030（GBK）") from error
    return target


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        first = file.read(4)
        if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while block := file.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return BROKEN if _meant_utf8(block) else "gb18030"
    return "utf-8"


def _meant_utf8(block: bytes) -> bool:
    """Whether text with broken bytes is UTF-8 all the same: GB 18030 read as UTF-8 is broken nearly everywhere."""
    text = block.decode("utf-8", "replace")
    return len(re.findall(r"[^\x00-\x7f\ufffd]", text)) > 2 * text.count("\ufffd")
