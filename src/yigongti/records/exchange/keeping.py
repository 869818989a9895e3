"""Files that were handed in, while they wait: sealed with the data key of the installation, in pieces of a megabyte.

``HOME/deliveries/<id>/<name>.sealed`` holds a file, ``HOME/deliveries/open/<random>`` the plain copy that is read while
its load is worked off. A plain copy belongs to a living process (it holds a lock); :mod:`.sweeping` removes the rest.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, Any

from yigongti.config import configuration
from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.ciphers import keys, sm4
from yigongti.kernel.errors import Invalid, YigongtiError

MAGIC = b"YGT-DELIVERY-1\n"
PIECE = 1 << 20
"""Bytes of plain text in one sealed piece."""
SEALED = ".sealed"
LONGEST_NAME = 200


class TooLarge(YigongtiError):
    """More than the installation takes at once."""

    status = 413
    kind = "too-large"

    def __init__(self, most: int) -> None:
        super().__init__(f"一次最多上传 {most / (1 << 20):,.0f} MB", hint="请压缩，或分成几次发送", field="files")


@dataclass(frozen=True)
class Kept:
    """A file of a delivery that lies sealed at ``path``; size and SHA-256 are those of its content."""

    path: Path
    name: str
    bytes: int
    sha256: str

    def described(self) -> dict[str, Any]:
        """What the load says of it."""
        told = asdict(self)
        del told["path"]
        return told


def shelf() -> Path:
    """Where deliveries wait; only this account may look into it."""
    path = configuration().home / "deliveries"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


@contextmanager
def receiving() -> Iterator[Path]:
    """A folder for the files of one delivery; nothing stays of it when receiving them fails."""
    folder = shelf() / str(new_id())
    folder.mkdir(mode=0o700)
    try:
        yield folder
    except BaseException:
        discard([folder / "any"])
        raise


def keep(blocks: Iterable[bytes], folder: Path, name: str, most: int) -> Kept:
    """Seal what comes, block by block, into ``folder``. Raises Invalid for its name, TooLarge after ``most`` bytes."""
    path = folder / f"{good_name(name)}{SEALED}"
    if path.exists():
        raise Invalid(f"有两个文件都叫 {path.stem}", hint="请改名后再上传", field="files")
    digest, size = hashlib.sha256(), 0
    with open(path, "xb", opener=_private) as sink:
        sealer = _Sealer(sink)
        for block in blocks:
            size += len(block)
            if size > most:
                raise TooLarge(most)
            digest.update(block)
            sealer.write(block)
        sealer.close()
    return Kept(path, path.name.removesuffix(SEALED), size, digest.hexdigest())


def good_name(name: str) -> str:
    """The last part of a file name, fit for a folder. Raises Invalid."""
    last = name.replace("\\", "/").rpartition("/")[2].strip()
    if not last or last.startswith(".") or not last.isprintable():
        raise Invalid("文件没有名称", hint="请改名后再上传，例如 patient.csv", field="files")
    if len(last.encode(errors="replace")) > LONGEST_NAME:
        raise Invalid("文件名太长", hint=f"不超过 {LONGEST_NAME} 个字节", field="files")
    return last


class _Sealer:
    """Pieces of one size, each bound to its file, its place and whether it is the last: none can be moved or lost."""

    def __init__(self, sink: IO[bytes]) -> None:
        self.sink, self.held, self.place = sink, bytearray(), 0
        self.key, self.file = keys.ring().data.active, os.urandom(16)
        sink.write(MAGIC + self.file)

    def write(self, block: bytes) -> None:
        self.held += block
        while len(self.held) > PIECE:
            self._piece(bytes(self.held[:PIECE]), last=False)
            del self.held[:PIECE]

    def close(self) -> None:
        self._piece(bytes(self.held), last=True)

    def _piece(self, plain: bytes, *, last: bool) -> None:
        sealed = sm4.seal(self.key, plain, _bound(self.file, self.place, last=last))
        self.sink.write(len(sealed).to_bytes(4, "big") + sealed)
        self.place += 1


def _bound(file: bytes, place: int, *, last: bool) -> bytes:
    return b"exchange_load.file" + file + place.to_bytes(8, "big") + bytes([last])


def contents(path: Path) -> Iterator[bytes]:
    """The plain pieces of a sealed file. Raises :class:`.sm4.Unreadable` when it was changed or cut short."""
    with path.open("rb") as source:
        if source.read(len(MAGIC)) != MAGIC:
            raise sm4.Unreadable("不是平台保存的文件")
        file, place = source.read(16), 0
        piece, following = _next(source), b""
        while piece:
            following = _next(source)
            sealing = keys.data_key(sm4.key_number(piece))
            yield sm4.open_with(sealing, piece, _bound(file, place, last=not following))
            piece, place = following, place + 1
        if not place:
            raise sm4.Unreadable("平台保存的文件不完整")


def _next(source: IO[bytes]) -> bytes:
    head = source.read(4)
    return source.read(int.from_bytes(head, "big")) if head else b""


@contextmanager
def opened(paths: Sequence[Path]) -> Iterator[tuple[list[Path], Path]]:
    """The files as they can be read, sealed ones as plain copies, and a private folder to unpack into."""
    with private_folder() as folder:
        plain: list[Path] = []
        for path in paths:
            if path.suffix != SEALED:
                plain.append(path)
                continue
            copy = folder / path.name.removesuffix(SEALED)
            with open(copy, "xb", opener=_private) as sink:
                sink.writelines(contents(path))
            plain.append(copy)
        (folder / "unpacked").mkdir()
        yield plain, folder / "unpacked"


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder of this process for plain content: gone at its end, and swept when the process was killed."""
    place = shelf() / "open"
    place.mkdir(exist_ok=True, mode=0o700)
    folder = Path(mkdtemp(dir=place))
    lock = folder.with_suffix(".lock")
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            lock.unlink(missing_ok=True)


def discard(paths: Iterable[Path]) -> None:
    """Remove the folders in which files of ours lie."""
    for folder in {path.parent for path in paths}:
        if folder.is_relative_to(shelf()) and folder != shelf():
            shutil.rmtree(folder, ignore_errors=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
