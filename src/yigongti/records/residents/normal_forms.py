"""The one form in which identity numbers and phones are compared, whatever was typed."""

import re
import unicodedata


def identity_digits(text: str) -> str:
    """An identity number: half-width, upper case, without separators."""
    return re.sub(r"[\s\-·.]", "", unicodedata.normalize("NFKC", text)).upper()


def phone_digits(text: str) -> str:
    """A phone number: digits only, without the country code 86."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", text))
    return digits[2:] if len(digits) == 13 and digits.startswith("86") else digits
