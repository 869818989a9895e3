"""The files of a delivery: gathered from folders and archives, unpacked, and as UTF-8."""

import codecs
import gzip
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from yigongti.kernel.errors import Invalid

BLOCK = 1 << 20


class Unreadable(Invalid):
    """A file that cannot be read at all: which one, why, and the way out."""

    kind = "file-unreadable"


@dataclass(frozen=True)
class Delivered:
    """A file of the delivery under the name that its sender gave it; ``folder`` is where it may be rewritten.

    ``after`` is the last line of the files of the same read before it.
    """

    path: Path
    name: str
    folder: Path
    after: int = 0

    def beside(self, ending: str) -> Path:
        """Where another form of the file may be written."""
        return self.folder / f"{len(list(self.folder.iterdir()))}-{self.path.name}{ending}"


def gather(paths: Iterable[Path], into: Path) -> list[Delivered]:
    """The files of a delivery: folders are listed, archives unpacked into ``into``."""
    found: list[Delivered] = []
    for path in paths:
        if path.is_dir():
            found += [Delivered(one, one.name, into) for one in sorted(path.rglob("*")) if one.is_file()]
        elif path.suffix.lower() == ".zip":
            found += _unzipped(path, into)
        elif path.is_file():
            found.append(Delivered(path, path.name, into))
        else:
            raise Unreadable(f"没有文件 {path.name}", hint="请检查路径")
    return [_plain(one) for one in found if not one.name.startswith((".", "~$"))]


def _unzipped(path: Path, into: Path) -> Iterator[Delivered]:
    try:
        with zipfile.ZipFile(path) as archive:
            for place, member in enumerate(archive.infolist()):
                if not member.is_dir():
                    target = into / f"{place}-{Path(member.filename).name}"
                    with archive.open(member) as source, target.open("wb") as sink:
                        shutil.copyfileobj(source, sink, BLOCK)
                    yield Delivered(target, Path(member.filename).name, into)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        raise Unreadable(f"压缩包 {path.name} 已损坏或有密码", hint="请重新压缩后再发送") from error


def _plain(one: Delivered) -> Delivered:
    if not one.name.lower().endswith(".gz"):
        return one
    target = one.beside(".plain")
    try:
        with gzip.open(one.path, "rb") as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink, BLOCK)
    except (gzip.BadGzipFile, EOFError, OSError) as error:
        raise Unreadable(f"{one.name} 不是完整的 gz 文件", hint="请重新压缩后再发送") from error
    return replace(one, path=target, name=one.name[:-3])


def utf8(one: Delivered) -> Path:
    """The file as UTF-8: GB 18030 and UTF-16 are rewritten beside it, block by block."""
    encoding = _encoding(one.path)
    if encoding == "utf-8":
        return one.path
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
            return "gb18030"
    return "utf-8"
