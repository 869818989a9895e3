"""Identification numbers, phones and tokens appear in no log and on no error page."""

import io
import logging
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from yigongti.kernel.ciphers.masking import MaskingFilter, MaskingReporter, mask

NUMBER, PHONE, TOKEN = "43112719900101123X", "13812345678", "eyJhbGciOiJFZERTQSJ9.e30.c2ln"


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    stream, logger = io.StringIO(), logging.getLogger("yigongti.test.masking")
    handler = logging.StreamHandler(stream)
    handler.addFilter(MaskingFilter())
    logger.addHandler(handler)
    logger.propagate = False
    yield logger, stream
    logger.removeHandler(handler)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (NUMBER, "431127********123X"),
        ("431127 19900101 1234", "431127********1234"),
        ("/residents/431127199001011234/", "/residents/431127********1234/"),
        ("431127900101123", "431127******123"),
        (PHONE, "138****5678"),
        ("+86 138-1234-5678", "138****5678"),
        ("４３１１２７１９９００１０１１２３４", "４３１１２７********１２３４"),
        (f"Authorization: Bearer {TOKEN}", "Authorization: Bearer ***"),
        ("POST /o/token/?client_secret=abcd&x=1", "POST /o/token/?client_secret=***&x=1"),
        ("{'password': 'hunter2'}", "{'password': '***'}"),
        ("code=YGT1" + "A7" * 44, "code=YGT1***"),
        ("2026-11-21 14:30:05,123 转诊 R20261121000123 已接收", "2026-11-21 14:30:05,123 转诊 R20261121000123 已接收"),
        ("0199f3d2-7c1e-7abc-8def-0123456789ab", "0199f3d2-7c1e-7abc-8def-0123456789ab"),
    ],
)
def test_what_is_masked_and_what_is_not(text: str, masked: str) -> None:
    assert mask(text) == masked


@given(st.text(max_size=30), st.from_regex(r"\A[1-9][0-9]{16}[0-9X]\Z"), st.text(max_size=30))
def test_no_number_survives(before: str, number: str, after: str) -> None:
    before, after = before.rstrip("0123456789"), after.lstrip("0123456789")
    assert number not in mask(f"{before} {number} {after}")


def test_messages_arguments_and_tracebacks(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = log
    logger.warning("no such resident %s", NUMBER)
    logger.warning("calling %(phone)s", {"phone": PHONE})
    logger.warning(NUMBER, stack_info=True)
    logger.warning("wrong %d", PHONE)
    try:
        raise ValueError(f"DETAIL: Key (phone)=({PHONE}) already exists")
    except ValueError:
        logger.exception("failed for %s", NUMBER)
    logger.info("Authorization: Bearer %s", TOKEN)
    shown = stream.getvalue()
    for secret in (NUMBER, PHONE, TOKEN):
        assert secret not in shown
    assert "138****5678" in shown


def test_every_handler_of_the_house_masks() -> None:
    for name, handler in settings.LOGGING["handlers"].items():
        assert "mask" in handler.get("filters", []), name


def test_error_pages() -> None:
    request = RequestFactory().post("/residents/", {"id_number": NUMBER, "phone": PHONE}, query_params={"q": NUMBER})

    def fail(number: str, phone: str) -> None:
        raise ValueError(f"{number} {phone}")

    try:
        fail(NUMBER, PHONE)
    except ValueError:
        reporter = MaskingReporter(request, *sys.exc_info())
    for page in (reporter.get_traceback_html(), reporter.get_traceback_text()):
        assert NUMBER not in page
        assert PHONE not in page
        assert "138****5678" in page
    assert settings.DEFAULT_EXCEPTION_REPORTER.endswith("MaskingReporter")
