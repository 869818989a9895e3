import csv
import io
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from registry.community import County, actor_at, area, organization

from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.errors import Conflict, Forbidden, Invalid
from yigongti.registry.consortia.models import Membership
from yigongti.registry.consortia.queries import lead_of
from yigongti.registry.organizations.models import Department, Organization
from yigongti.registry.places.models import Grid, ServedPopulation
from yigongti.registry.places.queries import responsible_centre
from yigongti.registry.sheets.layout import layouts
from yigongti.registry.sheets.models import Load
from yigongti.registry.sheets.services import access_load, apply, check, discard
from yigongti.registry.sheets.writing import comma_separated, rejected, template, xlsx
from yigongti.registry.staff.models import Position, Practitioner
from yigongti.registry.terminology.models import Concept
from yigongti.registry.terminology.services import define_system


def book(*lines: list[Any]) -> bytes:
    """An xlsx file."""
    made = Workbook()
    for line in lines:
        made.active.append(line)  # type: ignore[union-attr]
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def text(*lines: str, encoding: str = "utf-8") -> bytes:
    """A csv file."""
    return "\r\n".join(lines).encode(encoding)


def checked(key: str, content: bytes, name: str = "表.xlsx", actor: Actor = SYSTEM) -> Load:
    return check(actor, layout=layouts()[key], filename=name, content=content)


def reasons(load: Load) -> list[tuple[int, str, str]]:
    return [(reason["line"], reason["column"], reason["reason"]) for reason in load.rejections]


HEAD = ["机构代码", "名称", "层级", "机构类别（WS 218）", "上级机构", "设立日期"]


def test_the_check_changes_nothing_and_applying_twice_changes_once(here: County) -> None:
    content = book(
        HEAD,
        ["N2", "新村卫生室", "村（站）级", "村卫生室", "N1", date(2021, 5, 1)],
        ["N1", "新镇卫生院", "township", "C220", here.authority.code, "2020年3月1日"],
    )
    load = checked("organizations", content)
    assert load.counts == {"read": 2, "added": 2, "changed": 0, "unchanged": 0, "rejected": 0}
    assert not Organization.objects.filter(code__in=["N1", "N2"]).exists()
    apply(SYSTEM, load=load)
    clinic = Organization.objects.get(code="N2")
    assert (clinic.part_of.code, clinic.opened_on, clinic.pinyin) == ("N1", date(2021, 5, 1), "xcwss xincunweishengshi")  # type: ignore[union-attr]
    with pytest.raises(Conflict, match="已导入"):
        apply(SYSTEM, load=load)
    again = checked("organizations", content)
    assert again.counts == {"read": 2, "added": 0, "changed": 0, "unchanged": 2, "rejected": 0}


def test_every_bad_row_says_where_what_why_and_what_to_do(here: County) -> None:
    load = checked(
        "organizations",
        book(
            HEAD,
            ["A1", "没有层级的", "省级", "A100", "", "2020-01-01"],
            ["A2", "日期不对的", "county", "A100", here.authority.code, "2020-02-31"],
            ["A3", "好的卫生院", "township", "C220", here.authority.code, "2020-01-01"],
            ["A3", "重复的卫生院", "township", "C220", here.authority.code, "2020-01-01"],
            ["A4", "上级不存在的", "township", "C220", "NOWHERE", "2020-01-01"],
            ["", "没有代码的", "township", "C220", here.authority.code, "2020-01-01"],
            [None, None, None, None, None, None],
            ["A5", "没有类别的", "township", "", here.authority.code, "2020-01-01"],
        ),
    )
    assert load.counts == {"read": 7, "added": 1, "changed": 0, "unchanged": 0, "rejected": 6}
    assert reasons(load) == [
        (2, "层级", "没有“省级”这个选项"),
        (3, "设立日期", "请填写日期，例如 2026-11-21"),
        (5, "机构代码", "与第 4 行重复"),
        (6, "上级机构", "没有代码为 NOWHERE 的机构"),
        (7, "机构代码", "请填写"),
        (9, "机构类别（WS 218）", "机构类别（WS 218）：不能为空"),
    ]
    assert all(reason["hint"] for reason in load.rejections)
    lines = list(load_workbook(io.BytesIO(rejected(load))).worksheets[0].iter_rows(values_only=True))
    assert lines[0] == (*HEAD, "退回原因")
    assert [line[1] for line in lines[1:]] == [
        "没有层级的",
        "日期不对的",
        "重复的卫生院",
        "上级不存在的",
        "没有代码的",
        "没有类别的",
    ]
    assert lines[1][-1].startswith("层级：没有“省级”这个选项，可填：")  # type: ignore[union-attr]


def test_the_rejected_file_corrected_comes_back(here: County) -> None:
    load = checked("organizations", book(HEAD, ["A1", "镇卫生院", "省级", "C220", here.authority.code, "2020-01-01"]))
    returned = load_workbook(io.BytesIO(rejected(load)))
    returned.worksheets[0]["C2"] = "township"
    stream = io.BytesIO()
    returned.save(stream)
    again = checked("organizations", stream.getvalue())
    assert (again.added, again.rejected, again.ignored) == (1, 0, [])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("空.xlsx", b"", "0 字节"),
        ("假.xlsx", b"PK\x03\x04 not a workbook", "不是有效的 xlsx"),
        ("图.png", b"\x89PNG\r\n", "不认识的文件"),
        ("乱.csv", b"\xff\xff\x00\x81\x30", "文字编码"),
        ("没有行.csv", b"\n\n", "没有内容"),
        ("缺列.csv", text("机构代码,名称", "A1,某院"), "缺少列：层级"),
        ("两列.csv", text("机构代码,机构代码,名称,层级", "A1,A1,某院,county"), "出现了两次"),
        ("引号.csv", text('机构代码,名称,层级', '"A1,某院,county'), "csv 文件有误"),
    ],
)  # fmt: skip
def test_a_broken_file_is_told_what_it_is(here: County, name: str, content: bytes, message: str) -> None:
    with pytest.raises(Invalid, match=message) as refused:
        checked("organizations", content, name)
    assert refused.value.field == "file"
    assert refused.value.hint


def test_a_file_that_is_too_long_is_refused_before_anybody_waits(here: County) -> None:
    lines = [f"A{number},某院,county" for number in range(10_001)]
    with pytest.raises(Invalid, match="超过 10,000 行"):
        checked("organizations", text("机构代码,名称,层级", *lines), "长.csv")


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(4)))
def test_the_order_of_the_rows_does_not_matter(here: County, order: list[int]) -> None:
    """Each of four organisations is below the one before; whatever the order of the lines, all are accepted."""
    rows = [
        [f"P{number}", f"第{number}家", "township", "C220", f"P{number - 1}" if number else here.authority.code]
        for number in range(4)
    ]
    load = checked("organizations", book(HEAD[:5], *(rows[number] for number in order)))
    assert (load.added, load.rejected) == (4, 0)


def test_formulas_are_not_computed_and_not_executed(here: County) -> None:
    load = checked("organizations", book(HEAD, ["A1", "=1+1", "township", "C220", here.authority.code, "2020-01-01"]))
    assert reasons(load) == [(2, "名称", "这一格是公式")]
    organization('=cmd|" /C calc"!A1', "township", here.authority, code="EVIL")
    layout = layouts()["organizations"]
    sheet = load_workbook(io.BytesIO(xlsx(layout, layout.export()))).worksheets[0]
    cell = next(row[1] for row in sheet.iter_rows() if row[0].value == "EVIL")
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    lines = list(csv.reader(io.StringIO(comma_separated(layout, layout.export()).decode("utf-8-sig"))))
    assert next(line[1] for line in lines if line[0] == "EVIL").startswith("'=")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_every_usual_encoding(here: County, encoding: str) -> None:
    content = text(
        "机构代码,名称,层级,机构类别（WS 218）,上级机构,别的",
        f"B1,塔峰镇卫生院,township,C220,{here.authority.code},x",
        encoding=encoding,
    )
    load = checked("organizations", content, "表.csv")
    assert (load.added, load.ignored) == (1, ["别的"])


@pytest.mark.parametrize(
    "key", ["organizations", "departments", "memberships", "staff", "grids", "population", "concepts"]
)
def test_what_is_exported_comes_back_unchanged(here: County, key: str) -> None:
    fill(here)
    layout = layouts()[key]
    for name, content in (
        ("a.xlsx", xlsx(layout, layout.export())),
        ("a.csv", comma_separated(layout, layout.export())),
    ):
        load = checked(key, content, name)
        assert reasons(load) == []
        assert load.read == load.unchanged > 0


@pytest.mark.parametrize(
    "key", ["organizations", "departments", "memberships", "staff", "grids", "population", "concepts"]
)
def test_the_template_can_be_read_and_marks_what_is_needed(db: None, key: str) -> None:
    define_system(SYSTEM, code="icd-10", name="ICD-10")
    layout = layouts()[key]
    load = checked(key, template(layout))
    assert load.read == 1
    head = next(load_workbook(io.BytesIO(template(layout))).worksheets[0].iter_rows(values_only=True))
    assert {str(title).rstrip("*") for title in head} == set(layout.titles.values())
    assert sum(str(title).endswith("*") for title in head) == len(layout.required)


def fill(here: County) -> None:
    """Something of everything, through the sheets themselves."""
    area("431127001001")
    define_system(SYSTEM, code="icd-10", name="ICD-10")
    east, code = here.east.code, here.consortium.code
    for key, lines in {
        "departments": [["机构代码", "诊疗科目", "科室名称", "开设日期"], [east, 2, "全科", "2021/1/5"]],
        "staff": [
            ["工号", "姓名", "性别", "机构代码", "科室名称", "岗位", "任用方式", "任职日期", "离任日期"],
            ["W1", "李医生", "女", east, "全科", "家庭医生", "在编在岗", "2021-02-01", ""],
            ["W1", "李医生", "女", here.west.code, "", "门诊", "多点执业", "2022-02-01", ""],
        ],
        "memberships": [
            ["医共体代码", "机构代码", "角色", "职责", "加入日期", "退出日期"],
            [code, here.clinic.code, "成员单位", "首诊", "2021-01-01", ""],
        ],
        "grids": [["网格代码", "网格名称", "区划代码", "责任机构代码", "起"],
            ["G", "东", 431127001001, east, "2021/1/1"]],
        "population": [["区划代码", "年份", "常住人口", "来源"], ["431127001001", 2025, 3120, "年鉴"]],
        "concepts": [["代码系统", "代码", "名称"], ["icd-10", "I10.x00", "高血压"], ["ICD-10", "E11.900", "糖尿病"]],
    }.items():  # fmt: skip
        load = checked(key, book(*lines))
        assert reasons(load) == []
        apply(SYSTEM, load=load)


def test_all_seven_sheets_write_through_the_services(here: County) -> None:
    fill(here)
    assert Department.objects.get(organization=here.east, name="全科").code == "2"
    doctor = Practitioner.objects.get(code="W1")
    assert (doctor.sex, doctor.pinyin) == ("2", "lys liyisheng")
    assert Position.objects.filter(practitioner=doctor).count() == 2
    assert Membership.objects.get(organization=here.clinic).duties == "首诊"
    assert responsible_centre("431127001001", date(2026, 1, 1)) == here.east
    assert ServedPopulation.objects.get().residents == 3120
    assert Concept.objects.count() == 2


def test_a_new_start_hands_a_grid_over_and_a_new_lead_row_changes_the_lead(here: County) -> None:
    fill(here)
    head = ["网格代码", "网格名称", "区划代码", "责任机构代码", "起"]
    load = checked("grids", book(head, ["G", "东", "431127001001", here.west.code, "2026-01-01"]))
    assert load.changed == 1
    apply(SYSTEM, load=load)
    assert responsible_centre("431127001001", date(2025, 12, 31)) == here.east
    assert responsible_centre("431127001001", date(2026, 1, 1)) == here.west
    assert Grid.objects.count() == 2
    lead = [
        ["医共体代码", "机构代码", "角色", "加入日期"],
        [here.consortium.code, here.west.code, "牵头单位", "2026-01-01"],
    ]
    apply(SYSTEM, load=checked("memberships", book(*lead)))
    assert lead_of(here.consortium, date(2026, 1, 1)) == here.west


def test_an_actor_imports_only_where_it_may(here: County) -> None:
    director = actor_at("director", here.east)
    head = ["机构代码", "诊疗科目", "科室名称"]
    load = checked(
        "departments", book(head, [here.east.code, "02", "全科"], [here.west.code, "02", "全科"]), actor=director
    )
    assert (load.added, load.rejected) == (1, 1)
    assert "权限" in load.rejections[0]["reason"]
    with pytest.raises(Forbidden):
        checked("grids", book(["网格代码"]), actor=actor_at("family-doctor", here.east))
    assert access_load(director, load.pk) == load
    other = actor_at("director", here.west, user_id=None)
    with pytest.raises(Exception, match="没有这次导入"):
        access_load(Actor(9, "别人", here.west.pk, other.grants), load.pk)


def test_when_things_changed_since_the_check_nothing_is_applied(here: County) -> None:
    load = checked(
        "organizations", book(HEAD, ["X1", "某镇卫生院", "township", "C220", here.authority.code, "2020-01-01"])
    )
    organization("某镇卫生院", "township", here.authority, code="X1")
    with pytest.raises(Conflict, match="与预检不同"):
        apply(SYSTEM, load=load)
    assert Load.objects.get(pk=load.pk).state == "checked"
    discard(SYSTEM, load=load)
    with pytest.raises(Conflict, match="已放弃"):
        apply(SYSTEM, load=load)
