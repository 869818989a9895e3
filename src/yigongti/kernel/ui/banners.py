"""The resident's banner: stands on every page about a person."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ResidentBanner:
    """Who the page is about. Identity numbers and phones arrive masked.

    ``age`` is a text (``63 岁``, ``4 月龄``); ``registers`` are the programmes the resident is in (``高血压``);
    ``allergies`` of ``None`` means never asked, an empty tuple means asked and none.
    """

    name: str
    sex: str
    age: str
    masked_id: str = ""
    birth_date: str = ""
    allergies: tuple[str, ...] | None = None
    registers: tuple[str, ...] = ()
    contract_doctor: str = ""
    contract_centre: str = ""
    phone: str = ""
    address: str = ""
    url: str = ""
    deceased_on: str = ""
    warnings: tuple[str, ...] = ()
