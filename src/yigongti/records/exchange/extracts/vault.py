"""Where the files of extracts lie: in the home of the installation, encrypted (SM4-GCM), for the platform alone."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from yigongti.config import configuration
from yigongti.kernel.ciphers import sm4
from yigongti.kernel.errors import NotFound

ENDING = ".sealed"


def folder() -> Path:
    """The folder of the files."""
    return Path(configuration().home) / "extracts"


def _place(case_id: UUID) -> Path:
    return folder() / f"{case_id}{ENDING}"


def _bound_to(case_id: UUID) -> bytes:
    return f"extract:{case_id}".encode()


def keep(case_id: UUID, content: bytes) -> None:
    """Encrypt and keep; what was there is replaced at once or not at all."""
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = _place(case_id).with_suffix(".draft")
    with open(draft, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(sm4.encrypt(content, _bound_to(case_id)))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(_place(case_id))


def fetch(case_id: UUID) -> bytes:
    """The file in clear. Raises NotFound when it is gone."""
    try:
        return sm4.decrypt(_place(case_id).read_bytes(), _bound_to(case_id))
    except FileNotFoundError:
        raise NotFound("文件已销毁", hint="如仍需要，请重新申请") from None


def exists(case_id: UUID) -> bool:
    """Whether there is a file."""
    return _place(case_id).is_file()


def remove(case_id: UUID) -> None:
    """Destroy the file."""
    _place(case_id).unlink(missing_ok=True)


def kept() -> Iterator[UUID]:
    """Of which extracts there are files."""
    for path in folder().glob(f"*{ENDING}"):
        yield UUID(path.name.removesuffix(ENDING))
