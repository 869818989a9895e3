"""Identification numbers: every valid one is read, every wrong one is refused with the reason."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yigongti.config import configuration
from yigongti.kernel import clock
from yigongti.kernel.errors import Invalid
from yigongti.records.residents import temporary
from yigongti.records.residents.documents import DocumentKind, document_number
from yigongti.records.residents.id_areas import PROVINCES, area_codes
from yigongti.records.residents.identity import (
    CHECKS,
    FEMALE,
    MALE,
    IdentityNumber,
    check_character,
    generate,
    is_valid,
    parse,
    plain,
)


@pytest.fixture(autouse=True, scope="module")
def without_data() -> Iterator[None]:
    """Area codes as a machine without the data sets knows them."""
    before = configuration().data_dir
    configuration().data_dir = None
    yield
    configuration().data_dir = before


births = st.dates(date(1850, 1, 1), date(2026, 1, 1))
numbers = st.builds(
    generate,
    births,
    st.sampled_from([MALE, FEMALE]),
    st.builds(lambda p, c: f"{p}{c:04}", st.sampled_from(sorted(PROVINCES)), st.integers(0, 9999)),
    st.integers(0, 499),
)


@pytest.mark.parametrize("known", ["11010519491231002X", "440524188001010014"])
def test_the_examples_of_the_standard(known: str) -> None:
    """GB 11643-1999, section 4."""
    assert parse(known) == known


@given(numbers, st.integers(0, 17), st.sampled_from("0123456789Xx９ "))
def test_a_column_of_numbers_is_judged_as_one_number(number: IdentityNumber, place: int, character: str) -> None:
    assert plain(number) == number
    changed = number[:place] + character + number[place + 1 :]
    as_stored = changed if is_valid(changed) and parse(changed) == changed else None
    assert plain(changed) == as_stored
    assert plain(number[:6] + f"{clock.today().year + 1}0101" + number[14:]) is None


@given(births, st.sampled_from([MALE, FEMALE]), st.integers(0, 499))
def test_what_is_generated_is_read_back(birth: date, sex: str, sequence: int) -> None:
    number = parse(generate(birth, sex, "431127", sequence))
    assert (number.birth_date, number.sex, number.area) == (birth, sex, "431127")
    assert len(number) == 18


@given(numbers)
def test_any_way_of_writing_it(number: IdentityNumber) -> None:
    full_width = str(number).translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789X"})
    for written in (number.lower(), f" {number}\n", full_width, f"{number[:6]}-{number[6:14]} {number[14:]}"):
        assert parse(written) == number


@given(numbers, st.integers(0, 17), st.data())
def test_every_wrong_digit_is_found(number: IdentityNumber, place: int, data: st.DataObject) -> None:
    others = [c for c in ("0123456789X" if place == 17 else "0123456789") if c != number[place]]
    assert not is_valid(number[:place] + data.draw(st.sampled_from(others)) + number[place + 1 :])


@given(numbers, st.integers(0, 16))
def test_every_swap_of_neighbours_is_found(number: IdentityNumber, place: int) -> None:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert swapped == number or not is_valid(swapped)


@given(st.text(max_size=25))
def test_anything_else_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse(text)
    assert caught.value.message
    assert caught.value.field == "id_number"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "没有填写"),
        ("4311271990010112", "应为 18 位，现有 16 位"),
        ("4311A7199001011237", "第 5 位应为数字，现为“A”"),
        ("43112719900101123Y", "第 18 位应为数字或 X，现为“Y”"),
        ("991127199001011237", "没有 99"),
        ("431127199013011237", "没有 13 月"),
        ("431127199002301237", "2 月没有 30 日"),
        ("431127190002291237", "2 月没有 29 日"),
        ("431127184912311237", "不早于 1850 年"),
        ("431127000001011237", "没有 0000 年"),
        ("431127209001011237", "不能晚于今天"),
        ("431127199001011230", "第 18 位应为 7，现为 0"),
    ],
)
def test_reasons(text: str, reason: str) -> None:
    if "应为 7" in reason:
        reason = f"第 18 位应为 {check_character(text[:17])}，现为 0"
    with pytest.raises(Invalid, match=reason) as caught:
        parse(text)
    assert not text or text not in str(caught.value)


def test_born_today_is_not_the_future() -> None:
    today = clock.today()
    assert parse(generate(today, MALE, "431127", 1)).birth_date == today
    assert not is_valid(generate(today + timedelta(1), MALE, "431127", 1))


def test_fifteen_digits_become_eighteen() -> None:
    assert parse("110105491231002") == "11010519491231002X"
    assert parse("431127560203997").birth_date == date(1856, 2, 3)
    with pytest.raises(Invalid, match="没有 13 月"):
        parse("110105491331002")


def test_masked_and_hidden() -> None:
    number = parse("11010519491231002X")
    assert number.mask() == "110105********002X"
    assert "1949" not in repr(number)
    assert "1949" not in repr({"number": number})


def test_sequence_is_bounded() -> None:
    with pytest.raises(ValueError, match="0 to 499"):
        generate(date(2000, 1, 1), MALE, "431127", 500)


@pytest.fixture
def regions(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "regions"
    folder.mkdir()
    (folder / "areas.csv").write_text('code,name\n431127,"蓝山县"\n')
    (folder / "divisions_v1.json").write_text(
        json.dumps({"provinces": {"江苏省": {"code": "320000000000", "cities": {"": {"南京市": "320100000000"}}}}})
    )
    event = {"old": {"code": "432927000000"}, "new": {"code": "431127000000"}}
    (folder / "historical_changes_v1.json").write_text(json.dumps({"events": [event, {"old": None, "new": None}]}))
    configuration().data_dir = tmp_path
    yield tmp_path
    configuration().data_dir = None


def test_area_codes_of_today_and_of_the_past(regions: Path) -> None:
    assert {"431127", "432927", "320100", "431100", "810000"} <= area_codes(regions)
    for area in ("431127", "432927", "320100"):
        assert is_valid(generate(date(1990, 1, 1), MALE, area, 1))
    unknown = generate(date(1990, 1, 1), MALE, "431199", 1)
    with pytest.raises(Invalid, match="没有 431199"):
        parse(unknown)
    assert parse(unknown, known_area_only=False) == unknown


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (DocumentKind.PASSPORT, "E12345678", "E1"),
        (DocumentKind.HK_MACAO, "h1234 5678", "K12345678"),
        (DocumentKind.TAIWAN, "12345678", "1234567"),
        (DocumentKind.FOREIGN_RESIDENT, "CAN110180010101", "C1"),
        (DocumentKind.RESIDENCE_PERMIT, str(generate(date(1990, 1, 1), MALE, "810000", 1)), "810000199001010001"),
        (DocumentKind.BIRTH_CERTIFICATE, "P430123456", "123"),
        (DocumentKind.OFFICER, "军字第2001988号", "军"),
        (DocumentKind.HOUSEHOLD, "123456789", "12"),
        (DocumentKind.OTHER, "临-1", ""),
        (DocumentKind.DRIVER, "11010519491231002X", "110105194912310020"),
        (DocumentKind.ID_CARD, "11010519491231002X", "110105194912310020"),
    ],
)
def test_other_documents(kind: DocumentKind, good: str, bad: str) -> None:
    assert document_number(kind, good)
    with pytest.raises(Invalid):
        document_number(kind, bad)


def test_our_own_kinds_leave_the_house_as_other() -> None:
    assert {k.national for k in DocumentKind} == {"01", "02", "03", "04", "05", "06", "07", "99"}


@given(st.uuids(), births, st.integers(1, 9))
def test_a_birth_has_one_number(mother: UUID, birth: date, order: int) -> None:
    number = temporary.newborn_number(mother, birth, order)
    assert number == temporary.newborn_number(mother, birth, order)
    assert document_number(DocumentKind.NEWBORN, number.lower().replace("-", "")) == number
    assert number != temporary.newborn_number(mother, birth, order % 9 + 1)


@given(births, st.data())
def test_a_temporary_number_copied_wrong_is_found(found: date, data: st.DataObject) -> None:
    number = temporary.unknown_number(found)
    packed = number.replace("-", "")
    place = data.draw(st.integers(1, 14))
    other = data.draw(st.sampled_from([c for c in temporary.ALPHABET if c != packed[place]]))
    with pytest.raises(Invalid):
        temporary.check_temporary(packed[:place] + other + packed[place + 1 :])
    swapped = packed[: place - 1] + packed[place] + packed[place - 1] + packed[place + 1 :]
    if swapped != packed:
        with pytest.raises(Invalid):
            temporary.check_temporary(swapped)
    assert temporary.check_temporary(number.replace("1", "l").replace("0", "o")) == number


def test_unknown_people_do_not_share_a_number() -> None:
    assert len({temporary.unknown_number(date(2026, 11, 21)) for _ in range(2000)}) == 2000


def _broken(first17: str) -> str:
    """Seventeen characters with the check that belongs to them, so that nothing but the rest can be wrong."""
    return first17 + check_character(first17)


@given(
    st.sampled_from([*sorted(PROVINCES), "00", "10", "16", "47", "66", "84", "99"]),
    st.integers(0, 9999),
    st.integers(0, 9999),
    st.integers(0, 99),
    st.integers(0, 99),
    st.integers(0, 999),
    st.sampled_from([*CHECKS, "x", "A"]),
)
def test_any_eighteen_characters_are_judged_right(
    province: str, county: int, year: int, month: int, day: int, order: int, last: str
) -> None:
    """Against a plain reading of the standard: place, day of birth, check; sex from the order."""
    first17 = f"{province}{county:04}{year:04}{month:02}{day:02}{order:03}"
    for number in (first17 + last, _broken(first17), _broken(first17).lower()):
        try:
            born = date(year, month, day)
        except ValueError:
            born = None
        right = (
            province in PROVINCES
            and born is not None
            and date(1850, 1, 1) <= born <= clock.today()
            and number[17].upper() == check_character(first17)
        )
        assert is_valid(number) is right
        if right:
            read = parse(number)
            assert (read.birth_date, read.sex) == (born, MALE if order % 2 else FEMALE)
            assert read.area == f"{province}{county:04}"


@given(numbers, st.integers(0, 9), st.integers(2, 3), st.integers(29, 99))
def test_days_that_are_not_in_the_calendar(number: IdentityNumber, year: int, month: int, day: int) -> None:
    assert not is_valid(_broken(f"{number[:6]}199{year}{month:02}{max(day, 32):02}{number[14:17]}"))
    assert is_valid(_broken(f"{number[:6]}199{year}0229{number[14:17]}")) is (1990 + year in (1992, 1996))
    assert not is_valid(_broken(f"{number[:6]}199{year}0230{number[14:17]}"))


@given(st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(0, 995), st.sampled_from(sorted(PROVINCES)))
def test_any_number_of_fifteen_digits(born: date, order: int, province: str) -> None:
    fifteen = f"{province}0101{born:%y%m%d}{order:03}"
    read = parse(fifteen)
    assert (read.birth_date, read.sex) == (born, MALE if order % 2 else FEMALE)
    assert read == parse(str(read)) == parse(str(read).lower())
    assert not is_valid(f"{province}0101{born:%y}1332{order:03}")
    assert not is_valid(fifteen[:14])


@given(st.dates(clock.today() + timedelta(1), date(9999, 12, 31)), st.dates(date(1, 1, 1), date(1849, 12, 31)))
def test_the_future_and_times_before_anybody_are_refused(later: date, earlier: date) -> None:
    for born in (later, earlier):
        assert not is_valid(_broken(f"431127{born.year:04}{born:%m%d}123"))
