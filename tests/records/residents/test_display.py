from datetime import date

import pytest

from yigongti.records.residents.display import age_text, masked_name, masked_number, masked_phone
from yigongti.records.residents.models import Resident


@pytest.mark.parametrize(
    ("born", "on", "text"),
    [
        (date(1963, 1, 2), date(2026, 1, 1), "62 岁"),
        (date(1963, 1, 2), date(2026, 1, 2), "63 岁"),
        (date(2024, 2, 29), date(2026, 2, 28), "23 月龄"),
        (date(2026, 7, 21), date(2026, 11, 21), "4 月龄"),
        (date(2026, 11, 9), date(2026, 11, 21), "12 天"),
    ],
)
def test_ages_are_said_as_people_say_them(born: date, on: date, text: str) -> None:
    assert age_text(born, on) == text


@pytest.mark.parametrize(
    ("kind", "number", "shown"),
    [
        ("01", "431127195803121234", "431127********1234"),
        ("03", "E12345678", "E1*****78"),
        ("90", "N261121-7K3M9Q2-1-W", "N261121-7K3M9Q2-1-W"),
        ("99", "12", "****"),
        ("01", None, ""),
    ],
)
def test_numbers_are_masked(kind: str, number: str | None, shown: str) -> None:
    assert masked_number(Resident(identity_kind=kind, id_number=number)) == shown


@pytest.mark.parametrize(("phone", "shown"), [("13800138000", "138****8000"), ("2213456", "****3456"), (None, "")])
def test_phones_are_masked(phone: str | None, shown: str) -> None:
    assert masked_phone(Resident(phone=phone)) == shown


@pytest.mark.parametrize(
    ("name", "shown"), [("王秀英", "王*英"), ("李雷", "李*"), ("欧阳建国", "欧**国"), ("丁", "*"), ("", "（无姓名）")]
)
def test_names_are_masked(name: str, shown: str) -> None:
    assert masked_name(name) == shown
