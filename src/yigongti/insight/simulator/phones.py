"""Telephone numbers of the demonstration. Nobody can have them: no place in the country has the area code 0000."""

from typing import Literal

Whose = Literal["organization", "department", "person"]
AREA_CODE = "0000"
FIRST_DIGIT: dict[Whose, int] = {"organization": 1, "department": 2, "person": 3}


def phone(whose: Whose, number: int) -> str:
    """The telephone of the ``number``-th organisation, department or person, for example ``0000-1000003``."""
    return f"{AREA_CODE}-{FIRST_DIGIT[whose]}{number:06}"
