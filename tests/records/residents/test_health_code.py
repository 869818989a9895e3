"""The health code: a minute long, only ours, silent about the resident."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yigongti.config import configuration
from yigongti.kernel.ciphers import keyfile, keys
from yigongti.kernel.errors import Invalid
from yigongti.records.residents.health_code import LIFE, PREFIX, SKEW, issue, nonce, svg, verify

NOW = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    file = tmp_path / "keys.json"
    keyfile.create(file, {})
    monkeypatch.setattr(configuration(), "key_file", file)
    keys.refresh()
    yield file
    monkeypatch.undo()
    keys.refresh()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.uuids(), st.timedeltas(timedelta(0), LIFE - timedelta(seconds=1)))
def test_it_stands_for_the_resident_for_a_minute(resident: UUID, later: timedelta) -> None:
    assert verify(issue(resident, NOW), NOW + later) == resident


def test_then_it_is_over() -> None:
    code = issue(uuid4(), NOW)
    with pytest.raises(Invalid, match="已过期"):
        verify(code, NOW + LIFE)


def test_a_code_from_the_future_is_refused() -> None:
    resident = uuid4()
    assert verify(issue(resident, NOW + SKEW), NOW) == resident
    with pytest.raises(Invalid, match="时间不对"):
        verify(issue(resident, NOW + SKEW + timedelta(seconds=1)), NOW)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_changed_bit_is_noticed(data: st.DataObject) -> None:
    packed = issue(uuid4(), NOW)[len(PREFIX) :]
    token = bytearray(base64.b32decode(packed + "=" * (-len(packed) % 8)))
    bit = data.draw(st.integers(0, len(token) * 8 - 1))
    token[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Invalid):
        verify(PREFIX + base64.b32encode(bytes(token)).decode().rstrip("="), NOW)


def test_another_installation(key_file: Path) -> None:
    code = issue(uuid4(), NOW)
    key_file.unlink()
    keyfile.create(key_file, {})
    keys.refresh()
    with pytest.raises(Invalid, match="其他机构平台"):
        verify(code, NOW)


def test_codes_outlive_a_new_key(key_file: Path) -> None:
    resident = uuid4()
    code = issue(resident, NOW)
    keyfile.add(key_file, "code")
    keys.refresh()
    assert verify(code, NOW) == resident
    assert verify(issue(resident, NOW), NOW) == resident


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=120), st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=80).map(PREFIX.__add__)))
def test_anything_else_is_no_code(text: str) -> None:
    with pytest.raises(Invalid):
        verify(text, NOW)


def test_it_says_nothing_about_the_resident() -> None:
    resident = uuid4()
    one, other = issue(resident, NOW), issue(resident, NOW)
    token = base64.b32decode(one[len(PREFIX) :] + "=" * (-len(one[len(PREFIX) :]) % 8))
    assert resident.bytes not in token
    assert one[len(PREFIX) + 12 :] != other[len(PREFIX) + 12 :]
    assert nonce(one) != nonce(other)


def test_a_scanner_may_deliver_lower_case_and_line_ends() -> None:
    resident = uuid4()
    assert verify(issue(resident, NOW).lower() + "\r\n", NOW) == resident


def test_the_picture() -> None:
    picture = svg(issue(uuid4(), NOW))
    assert picture.startswith("<svg")
    assert "<title>健康码</title>" in picture
    assert "style=" not in picture, "the content security policy forbids inline styles"
