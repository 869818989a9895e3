"""SM4-GCM and HMAC-SM3: known answers, round trips, and everything that must be refused."""

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from yigongti.kernel.ciphers import sm4
from yigongti.kernel.ciphers.keys import Key

KEY = Key(3, bytes(range(16)))


def test_standard_vector() -> None:
    """RFC 8998, appendix A.1: SM4-GCM."""
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    nonce = bytes.fromhex("00001234567800000000ABCD")
    plain = bytes.fromhex(
        "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD"
        "EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA"
    )
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2"))
    sealed = encryptor.update(plain) + encryptor.finalize()
    assert sealed.hex().upper() == (
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
    )
    assert encryptor.tag.hex().upper() == "83DE3541E4C2B58177E065A9BF7B62EC"


@given(st.binary(max_size=200), st.binary(max_size=40))
def test_round_trip(plain: bytes, associated: bytes) -> None:
    sealed = sm4.seal(KEY, plain, associated)
    assert sm4.open_with(KEY, sealed, associated) == plain
    assert sm4.key_number(sealed) == 3
    assert len(sealed) == len(plain) + sm4.OVERHEAD


@given(st.binary(max_size=60), st.data())
def test_any_changed_bit_is_noticed(plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(sm4.seal(KEY, plain, b"resident.phone"))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(sm4.Unreadable):
        sm4.open_with(KEY, bytes(sealed), b"resident.phone")


def test_a_value_does_not_open_in_another_column_or_under_another_key() -> None:
    sealed = sm4.seal(KEY, b"13812345678", b"resident.phone")
    for key, associated in [(KEY, b"resident.id_number"), (Key(3, b"x" * 16), b"resident.phone")]:
        with pytest.raises(sm4.Unreadable, match="校验不通过"):
            sm4.open_with(key, sealed, associated)


def test_equal_values_look_different() -> None:
    assert sm4.seal(KEY, b"a", b"") != sm4.seal(KEY, b"a", b"")


@pytest.mark.parametrize("junk", [b"", b"\x01" * 30, b"\x02" * 60, b"13812345678" * 4])
def test_what_is_not_sealed_is_not_opened(junk: bytes) -> None:
    with pytest.raises(sm4.Unreadable, match="不是本系统的加密数据"):
        sm4.key_number(junk)
