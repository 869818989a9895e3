"""The key ring: by value and by reference, made once, changed atomically, never shown."""

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from yigongti.config import configuration
from yigongti.kernel.ciphers import keyfile, keys, problems
from yigongti.kernel.ciphers.keys import KeysUnavailable


def edit(file: Path, **changes: Any) -> None:
    content = json.loads(file.read_text())
    file.write_text(json.dumps(content | changes))


def test_the_file_is_for_its_owner_alone(key_file: Path) -> None:
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert problems() == []


def test_created_once(key_file: Path) -> None:
    before = key_file.read_text()
    assert keyfile.create(key_file, {}) is False
    assert key_file.read_text() == before


def test_production_makes_no_keys_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configuration(), "mode", "production")
    monkeypatch.setattr(configuration(), "key_file", tmp_path / "none.json")
    with pytest.raises(KeysUnavailable, match="yigongti keys create"):
        keys.refresh()
    assert not (tmp_path / "none.json").exists()
    assert "没有密钥文件" in problems()[0]
    monkeypatch.undo()
    keys.refresh()


def test_production_refuses_a_file_that_others_may_read(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configuration(), "mode", "production")
    key_file.chmod(0o640)
    assert "应为 600" in problems()[0]


def test_keys_by_reference(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, other = os.urandom(16), os.urandom(32)
    monkeypatch.setenv("YGT_TEST_KEY", base64.b64encode(secret).decode())
    (key_file.parent / "index.key").write_text(base64.b64encode(other).decode() + "\n")
    keyfile.add(key_file, "data", keyfile.reference("env:YGT_TEST_KEY"))
    keyfile.add(key_file, "index", keyfile.reference("file:index.key"))
    ring = keys.refresh()
    assert (ring.data.active.name, ring.data.active.secret) == ("k2", secret)
    assert (ring.index.active.name, ring.index.active.secret) == ("k2", other)
    monkeypatch.delenv("YGT_TEST_KEY")
    with pytest.raises(KeysUnavailable, match="环境变量 YGT_TEST_KEY"):
        keys.refresh()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"active": "k9"}, "内容不完整"),
        ({"active": "first"}, "k1 至 k65535"),
        ({"keys": {"k1": {"sm4": "c2hvcnQ="}}}, "应为 16 字节，实为 5 字节"),
        ({"keys": {"k1": {"sm4": "not base64!"}}}, "不是 base64"),
        ({"keys": {"k1": {"sm4": {"vault": "x"}}}}, "base64 文本"),
        ({"keys": {"k1": {"sm4": {"env": "YGT_ABSENT"}}}}, "没有值"),
        ({"keys": None}, "内容不完整"),
        ({"installation": "zz"}, "内容不完整"),
        ({"installation": "00"}, "8 位十六进制"),
    ],
)
def test_a_damaged_file_is_named_without_its_secrets(key_file: Path, changes: dict[str, Any], message: str) -> None:
    secret = json.loads(key_file.read_text())["index"]["keys"]["k1"]["hmac"]
    edit(key_file, **changes)
    with pytest.raises(KeysUnavailable, match=message) as caught:
        keys.refresh()
    assert secret not in str(caught.value)


def test_not_json(key_file: Path) -> None:
    key_file.write_text("{")
    with pytest.raises(KeysUnavailable, match="读不出来"):
        keys.load(key_file)


def test_a_new_key_is_noticed_at_once_when_needed(key_file: Path) -> None:
    assert keys.ring().data.active.name == "k1"
    keyfile.add(key_file, "data")
    assert keys.data_key(2).name == "k2"
    assert keys.ring().data.active.name == "k2"
    with pytest.raises(KeysUnavailable, match="k7"):
        keys.data_key(7)


def test_retired_index_keys_are_no_longer_tried(key_file: Path) -> None:
    keyfile.add(key_file, "index")
    assert [k.name for k in keys.refresh().index.candidates()] == ["k2", "k1"]
    assert keyfile.retire(key_file, "index") == ["k1"]
    assert [k.name for k in keys.refresh().index.candidates()] == ["k2"]


def test_one_changer_at_a_time(key_file: Path) -> None:
    with keyfile._changing(key_file), pytest.raises(keyfile.Conflict, match="另一个程序"):
        keyfile.add(key_file, "data")


def test_secrets_are_not_shown(key_file: Path) -> None:
    ring = keys.ring()
    shown = repr(ring) + str(ring.data) + f"{ring.data.active}"
    assert repr(ring.data.active.secret)[2:-1] not in shown
    assert base64.b64encode(ring.data.active.secret).decode() not in shown


def test_chain_digest(key_file: Path) -> None:
    name, digest = keys.chain_digest(b"rows")
    keyfile.add(key_file, "chain")
    keys.refresh()
    assert keys.chain_digest(b"rows", name) == (name, digest)
    assert keys.chain_digest(b"rows")[0] == "k2"
    assert keys.chain_digest(b"rows")[1] != digest
