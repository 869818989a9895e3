"""Personal numbers and tokens are masked in everything that is logged or shown by an error page."""

import logging
import re

from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter

_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_PATTERNS: list[tuple[re.Pattern[str], str]] = [
    (re.compile(r"(?i)\b(bearer|token)([ \t]+|%20)[\w.~+/=-]{8,}"), r"\1 ***"),
    (
        re.compile(
            r"(?i)\b((?:access_|refresh_|csrf|id_)?token|csrfmiddlewaretoken|client_secret|password|passwd|secret)"
            r"(\"?'?\s*[=:]\s*[\"']?)[^\s\"'&,;}]+"
        ),
        r"\1\2***",
    ),
    (re.compile(r"\bYGT1[A-Z2-7]{40,}"), "YGT1***"),
    # citizen identification numbers: 6 + 8 + 4, and the 15 digits of before 1999
    (re.compile(r"(?<!\d)(\d{6})[ -]?\d{8}[ -]?(\d{3}[\dXx])(?!\d)"), r"\1********\2"),
    (re.compile(rf"(?<!\d)([1-9]\d{{5}})\d{{2}}{_DAY}(\d{{3}})(?!\d)"), r"\1******\2"),
    (re.compile(r"(?<!\d)(?:\+?86[ -]?)?(1[3-9]\d)[ -]?\d{4}[ -]?(\d{4})(?!\d)"), r"\1****\2"),
]


def mask(text: str) -> str:
    """``text`` with identification numbers, mobile numbers, tokens, passwords and health codes masked."""
    for pattern, shown in _PATTERNS:
        text = pattern.sub(shown, text)
    return text


class MaskingFilter(logging.Filter):
    """Put on a handler: masks message, arguments, traceback and stack of every record that passes."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):  # a wrong log call: let logging say so, without the values
            message = f"{record.msg!s} [unformatted]"
        record.msg, record.args = mask(message), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = mask(record.exc_text)
        if record.stack_info:
            record.stack_info = mask(record.stack_info)
        return True


class MaskingReporter(ExceptionReporter):
    """Django's error page and error mail, masked."""

    def get_traceback_html(self) -> SafeString:
        return SafeString(mask(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        return SafeString(mask(super().get_traceback_text()))
