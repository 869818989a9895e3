"""Identity documents other than the ID card, with light checks of their numbers."""

import re

from django.db import models

from yigongti.kernel.errors import Invalid
from yigongti.records.residents.identity import check_character, parse
from yigongti.records.residents.normal_forms import identity_digits
from yigongti.records.residents.temporary import check_temporary


class DocumentKind(models.TextChoices):
    """Kinds of identity document.

    01 to 07 and 99 are WS 364.3-2011 CV02.01.101 (身份证件类别代码), known from the 2011 edition. 90 to 94 are our own:
    the edition has no code for them, and they leave the house as 99 (:attr:`national`).
    """

    ID_CARD = "01", "居民身份证"
    HOUSEHOLD = "02", "居民户口簿"
    PASSPORT = "03", "护照"
    OFFICER = "04", "军官证"
    DRIVER = "05", "驾驶证"
    HK_MACAO = "06", "港澳居民来往内地通行证"
    TAIWAN = "07", "台湾居民来往内地通行证"
    NEWBORN = "90", "新生儿临时身份"
    UNKNOWN = "91", "无名氏临时身份"
    FOREIGN_RESIDENT = "92", "外国人永久居留身份证"
    RESIDENCE_PERMIT = "93", "港澳台居民居住证"
    BIRTH_CERTIFICATE = "94", "出生医学证明"
    OTHER = "99", "其他法定有效证件"

    @property
    def national(self) -> str:
        """The code of CV02.01.101 with which the document is reported."""
        return "99" if self.value.startswith("9") else str(self.value)

    @property
    def lasting(self) -> bool:
        """Whether the number identifies the person for good; a temporary one is replaced when the person is known."""
        return self not in (DocumentKind.NEWBORN, DocumentKind.UNKNOWN)


_FORMATS: dict[DocumentKind, tuple[str, str]] = {
    DocumentKind.HOUSEHOLD: (r"\d{9}|\d{15}|\d{17}[\dX]", "9 位户号，或户口簿上的身份证号"),
    DocumentKind.PASSPORT: (r"[A-Z0-9]{5,20}", "5–20 位字母和数字"),
    DocumentKind.OFFICER: (r"[\w第字号]{4,30}", "4–30 位，例如 军字第2001988号"),
    DocumentKind.HK_MACAO: (r"[HM]\d{8}(\d{2})?", "H 或 M 加 8 位数字（或再加 2 位换证次数）"),
    DocumentKind.TAIWAN: (r"\d{8}|\d{10}[A-Z]?", "8 位数字（旧版 10 位数字，可加 1 位字母）"),
    DocumentKind.FOREIGN_RESIDENT: (
        r"[A-Z]{3}\d{12}|9\d{16}[\dX]",
        "15 位（3 位国籍字母加 12 位数字），或以 9 开头的 18 位",
    ),
    DocumentKind.RESIDENCE_PERMIT: (r"8[123]0000\d{11}[\dX]", "以 810000、820000 或 830000 开头的 18 位"),
    DocumentKind.BIRTH_CERTIFICATE: (r"[A-Z]\d{9}", "1 位字母加 9 位数字"),
    DocumentKind.OTHER: (r".{2,40}", "2–40 位"),
}


def document_number(kind: DocumentKind, text: str) -> str:
    """The number as it is stored. Raises :class:`Invalid` (field ``id_number``) saying what the number looks like."""
    if kind is DocumentKind.ID_CARD or kind is DocumentKind.DRIVER:
        return parse(text)
    if not kind.lasting:
        return check_temporary(text)
    number = identity_digits(text)
    form, words = _FORMATS[kind]
    if not re.fullmatch(form, number, re.ASCII if kind is not DocumentKind.OFFICER else 0):
        raise Invalid(f"{kind.label}号码应为{words}", field="id_number", hint="请核对证件原件")
    if len(number) == 18 and kind in (DocumentKind.FOREIGN_RESIDENT, DocumentKind.RESIDENCE_PERMIT):
        expected = check_character(number[:17])
        if number[17] != expected:
            raise Invalid(f"校验位不符：第 18 位应为 {expected}", field="id_number", hint="请核对证件原件")
    return number
