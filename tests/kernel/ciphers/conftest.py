"""A key ring of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from yigongti.config import configuration
from yigongti.kernel.ciphers import keyfile, keys


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fresh key file that this process uses during the test."""
    file = tmp_path / "keys.json"
    keyfile.create(file, {})
    monkeypatch.setattr(configuration(), "key_file", file)
    keys.refresh()
    yield file
    monkeypatch.undo()
    keys.refresh()
