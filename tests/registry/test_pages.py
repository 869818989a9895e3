"""Every registry page as somebody sees it, with the forms that change things, on the real URLs."""

import io
import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.test import Client
from openpyxl import Workbook
from registry.community import LONG_AGO, County, area

from yigongti.kernel import clock
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import Grant, User
from yigongti.registry.consortia.models import Assistance, Consortium, SharedCentre
from yigongti.registry.consortia.queries import lead_of
from yigongti.registry.consortia.services import arrange_assistance, end_membership, open_centre
from yigongti.registry.organizations.models import CareFunction, Organization
from yigongti.registry.organizations.services import assign_function, edit_organization, open_department
from yigongti.registry.places.models import Area, Grid
from yigongti.registry.places.services import draw_grid, record_population
from yigongti.registry.sheets.models import Load
from yigongti.registry.staff.models import Position, Practitioner
from yigongti.registry.staff.services import register_practitioner
from yigongti.registry.terminology.loading import load_starter
from yigongti.registry.terminology.models import Concept

VILLAGE = "431127001001"


def login(client: Client, role: str, organization: Organization, *, subtree: bool = True) -> User:
    user = User.objects.create_user(f"{role}-{organization.code}", name="张三")
    Grant.objects.create(user=user, role=role, organization=organization, subtree=subtree, start=LONG_AGO)
    client.force_login(user, "yigongti.kernel.access.backends.GrantedBackend")
    return user


@pytest.fixture
def full(here: County) -> County:
    """The county with something on every page."""
    load_starter(SYSTEM)
    department = open_department(SYSTEM, organization=here.east, code="02", name="全科", opened_on=LONG_AGO)
    register_practitioner(
        SYSTEM,
        code="W1",
        name="李建国",
        sex="1",
        organization=here.east,
        department=department,
        post="家庭医生",
        start=LONG_AGO,
    )
    open_centre(SYSTEM, consortium=here.consortium, kind="ecg", organization=here.hospital, start=LONG_AGO)
    arrange_assistance(SYSTEM, helper=here.city, helped=here.hospital, speciality="心内科", start=LONG_AGO)
    assign_function(
        SYSTEM,
        tier="township",
        kind="disease",
        code="I10",
        name="高血压",
        extent="treat",
        start=LONG_AGO,
        source="本县规定",
    )
    draw_grid(
        SYSTEM,
        code="G1",
        name="城东网格",
        area=area(VILLAGE, "城东村"),
        centre=here.east,
        station=here.clinic,
        start=LONG_AGO,
    )
    record_population(SYSTEM, area=area(VILLAGE), year=2025, residents=3120, source="年鉴")
    return here


def see(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return unescape(response.content.decode()) if "html" in response["Content-Type"] else ""


def test_every_page_opens_and_shows_what_it_is_about(client: Client, full: County) -> None:
    login(client, "commission", full.authority)
    shown = {
        "/organizations/": ["蓝山县中心医院", "蓝山县医共体"],
        f"/organizations/{full.east.pk}/": [
            "全科",
            "李建国",
            "高血压",
            "本县规定",
            "城东网格",
            "东村卫生室",
            "新增机构",
        ],
        "/organizations/functions/": ["高血压", "整个层级"],
        "/consortia/": ["蓝山县医共体", "县域医疗卫生共同体"],
        f"/consortia/{full.consortium.pk}/": [
            "城西卫生院",
            "心电诊断中心",
            "永州市中心医院",
            "<svg",
            "首诊",
            "2020-01-01",
        ],
        f"/consortia/{full.consortium.pk}/picture/": ["<svg", "data-print"],
        "/staff/": ["李建国", "家庭医生"],
        f"/staff/{Practitioner.objects.get().pk}/": ["在任", "城东卫生院", "新增人员"],
        "/places/": ["城东网格", "3,120"],
        "/places/grids/G1/": ["城东卫生院", "责任沿革", "东村卫生室"],
        f"/places/served/{full.east.pk}/?year=2025": ["3120 人", "城东村", "年鉴"],
        f"/places/served/{full.west.pk}/?year=x": ["没有可以合计的人口"],
        "/places/areas/": ["城东村"],
        f"/places/areas/{VILLAGE}/": ["城东网格", "3120"],
        "/terminology/?q=i10": ["I10.x00"],
        f"/terminology/{Concept.objects.get(code='I10.x00').pk}/": ["tfx"],
        "/imports/": ["机构代码已有的更新"],
        "/imports/organizations/": ["机构类别（WS 218）", "必填"],
        "/organizations/new/": ["统一社会信用代码"],
        f"/organizations/{full.east.pk}/edit/": ["城东卫生院"],
        "/consortia/new/": ["牵头单位"],
        "/staff/new/": ["执业证号"],
        "/places/grids/new/": ["责任机构"],
    }
    for address, words in shown.items():
        page = see(client, address)
        missing = [word for word in words if word not in page]
        assert not missing, (address, missing)


@pytest.mark.parametrize(
    "address",
    ["/organizations/?on=2019-06-01", "/consortia/?on=2019-06-01", "/staff/?on=2019-06-01", "/places/?on=2019-06-01"],
)
def test_a_register_of_a_day_before_anything_is_empty(client: Client, full: County, address: str) -> None:
    login(client, "commission", full.authority)
    page = see(client, address)
    assert "没有符合条件的记录" in page
    assert "城东卫生院" not in page.partition("<main")[2]


def test_a_page_of_an_earlier_day_shows_that_day_and_leads_on_to_it(client: Client, full: County) -> None:
    login(client, "commission", full.authority)
    page = see(client, f"/consortia/{full.consortium.pk}/?on=2019-12-31")
    assert "这一天没有成员" in page
    page = see(client, f"/consortia/{full.consortium.pk}/?on=2021-01-01")
    assert f"/organizations/{full.east.pk}/?on=2021-01-01" in page
    assert "显示 2021-01-01 的情况" in page
    assert see(client, f"/consortia/{full.consortium.pk}/?on=yesterday")


def test_a_filtered_list_is_not_stuck_on_the_day_of_the_filter(client: Client, full: County) -> None:
    """Lists remember their filter; a list that was filtered today must speak of tomorrow tomorrow."""
    login(client, "commission", full.authority)
    page = see(client, "/organizations/?q=cd")
    field = page.partition('name="on"')[2].partition(">")[0]
    assert "value=" not in field
    end_membership(SYSTEM, membership=full.membership(full.east), on=clock.today() + timedelta(days=1))
    assert "蓝山县医共体" in see(client, "/organizations/")
    with clock.travelling(clock.now() + timedelta(days=2)):
        assert "蓝山县医共体" not in see(client, "/organizations/").partition("<tbody")[2]


def test_searching_by_pinyin(client: Client, full: County) -> None:
    login(client, "commission", full.authority)
    assert "蓝山县中心医院" in see(client, "/organizations/?q=lsxzx")
    assert "城西卫生院" not in see(client, "/organizations/?q=lsxzx").partition("<tbody")[2]
    assert "李建国" in see(client, "/staff/?q=ljg")
    assert "特发性（原发性）高血压" in see(client, "/terminology/?q=gxy&system=icd-10")


def post(client: Client, address: str, **data: object) -> str:
    """Post a form that succeeds; where it leads."""
    response = client.post(address, data)
    assert response.status_code == 302, unescape(response.content.decode()).partition("y-form")[2][:3000]
    return str(response["Location"])


def test_an_organisation_from_opening_to_closing(client: Client, full: County) -> None:
    login(client, "commission", full.authority)
    there = post(
        client, "/organizations/new/", code="NEW1", name="新镇卫生院", tier="township", institution_class="C220",
        part_of=full.authority.code, opened_on="2021-01-01", on_platform="on", beds="30",
    )  # fmt: skip
    made = Organization.objects.get(code="NEW1")
    assert there == f"/organizations/{made.pk}/"
    post(
        client, f"{there}edit/", code="NEW1", name="新镇中心卫生院", tier="township", institution_class="C210",
        part_of=full.authority.code, opened_on="2021-01-01", beds="40",
    )  # fmt: skip
    post(client, f"{there}departments/new/", code="02", name="全科", opened_on="2021-01-01", accepts_referrals="on")
    department = made.departments.get()
    post(
        client,
        f"/organizations/departments/{department.pk}/edit/",
        code="02",
        name="全科医疗科",
        opened_on="2021-01-01",
    )
    post(
        client,
        f"{there}functions/new/",
        kind="disease",
        code="J44",
        name="慢阻肺",
        extent="continue",
        start="2021-01-01",
    )
    post(client, f"/organizations/functions/{made.functions.get().pk}/end/", on="2025-01-01")
    post(client, f"/organizations/departments/{department.pk}/close/", on="2025-01-01")
    post(client, f"{there}close/", on="2026-01-01")
    made.refresh_from_db()
    assert (made.name, made.beds, made.closed_on) == ("新镇中心卫生院", 40, date(2026, 1, 1))
    page = see(client, there)
    assert "已撤销" in page
    assert "新镇卫生院 → 新镇中心卫生院" in page
    assert "张三" in page
    post(
        client,
        "/organizations/functions/new/",
        tier="county",
        kind="service",
        name="介入治疗",
        extent="treat",
        start="2021-01-01",
    )
    assert CareFunction.objects.filter(tier="county", organization=None).exists()


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(client: Client, full: County) -> None:
    login(client, "commission", full.authority)
    response = client.post(
        "/organizations/new/",
        {"code": full.east.code, "name": "重复的卫生院", "tier": "township", "institution_class": "C220",
         "part_of": full.authority.code, "opened_on": "2021-01-01"},
    )  # fmt: skip
    page = unescape(response.content.decode())
    assert response.status_code == 422
    assert "机构代码已被使用。请换一个，或打开已有的那一条修改" in page
    assert "重复的卫生院" in page
    closing = client.post(f"/organizations/{full.east.pk}/close/", {"on": "2026-01-01"})
    assert "仍有" in unescape(closing.content.decode())


def test_a_consortium_from_founding_to_dissolving(client: Client, full: County) -> None:
    login(client, "commission", full.authority)
    there = post(
        client, "/consortia/new/", code="Z1", name="胸痛联盟", kind="specialist", tightness="loose",
        speciality="心内科", lead=full.hospital.code, start="2022-01-01",
    )  # fmt: skip
    made = Consortium.objects.get(code="Z1")
    post(client, f"{there}members/new/", organization=full.east.code, role="member", duties="转诊", start="2022-02-01")
    membership = made.memberships.get(organization=full.east)
    post(client, f"/consortia/members/{membership.pk}/edit/", role="partner", duties="会诊")
    post(client, f"{there}edit/", code="Z1", name="胸痛专科联盟", kind="specialist", tightness="loose")
    post(client, f"{there}centres/new/", kind="chest-pain", organization=full.hospital.code, start="2022-03-01")
    post(client, f"/consortia/centres/{SharedCentre.objects.get(consortium=made).pk}/end/", on="2023-01-01")
    post(client, f"{there}assistance/new/", helper=full.city.code, helped=full.east.code, start="2022-03-01")
    post(client, f"/consortia/assistance/{Assistance.objects.get(helped=full.east).pk}/end/", on="2023-01-01")
    post(client, f"{there}lead/", organization=full.west.code, on="2024-01-01")
    assert lead_of(made, date(2024, 1, 1)) == full.west
    post(client, f"/consortia/members/{membership.pk}/end/", on="2025-01-01")
    post(client, f"{there}dissolve/", on="2026-01-01")
    assert "2026-01-01" in see(client, there)


def test_a_person_from_registration_to_leaving(client: Client, full: County) -> None:
    login(client, "director", full.east, subtree=False)
    there = post(
        client, "/staff/new/", code="W9", name="王芳", sex="2", organization=full.east.code, department="全科",
        post="护士", kind="employed", start="2022-01-01",
    )  # fmt: skip
    person = Practitioner.objects.get(code="W9")
    post(client, f"{there}edit/", code="W9", name="王芳", sex="2", title="主管护师")
    post(
        client,
        f"{there}positions/new/",
        organization=full.east.code,
        post="护士长",
        kind="contract",
        start="2023-01-01",
    )
    post(
        client,
        f"{there}dispatch/",
        home=full.east.code,
        to=full.clinic.code,
        post="坐诊",
        start="2023-01-01",
        until="2024-01-01",
    )
    first = Position.objects.get(practitioner=person, post="护士")
    post(client, f"/staff/positions/{first.pk}/edit/", department="", kind="employed", start="2022-02-01")
    post(client, f"/staff/positions/{first.pk}/end/", on="2025-01-01")
    first.refresh_from_db()
    assert (first.start, first.until, first.department) == (date(2022, 2, 1), date(2025, 1, 1), None)
    assert "主管护师" in see(client, there)
    unknown = client.post(
        f"{there}positions/new/",
        {"organization": full.west.code, "post": "x", "kind": "employed", "start": "2022-01-01"},
    )
    assert unknown.status_code == 422


def test_a_grid_is_drawn_handed_over_and_given_up(client: Client, full: County) -> None:
    login(client, "commission", full.authority)
    there = post(
        client,
        "/places/grids/new/",
        code="G2",
        name="西网格",
        area="431127001",
        centre=full.west.code,
        start="2022-01-01",
    )
    first = Grid.objects.get(code="G2")
    post(client, f"/places/grids/{first.pk}/edit/", name="城西网格", area="431127001")
    post(
        client, f"/places/grids/{first.pk}/hand-over/", centre=full.east.code, station=full.clinic.code, on="2024-01-01"
    )
    page = see(client, there)
    assert page.index("城东卫生院") > 0
    assert "城西卫生院" in page
    post(client, f"/places/grids/{Grid.objects.get(code='G2', until=None).pk}/end/", on="2025-01-01")
    assert "这一天无人负责" in see(client, there)
    post(client, "/places/areas/new/", code="431127002", name="毛俊镇")
    post(client, "/places/areas/431127002/edit/", name="毛俊镇（新）")
    post(client, "/places/areas/431127002/population/", year="2025", residents="21000", source="年鉴")
    assert Area.objects.get(pk="431127002").populations.get().residents == 21000
    see(client, "/places/grids/NONE/", 404)


def test_a_file_from_upload_to_import(client: Client, full: County) -> None:
    login(client, "commission", full.authority)
    for address in ("template/", "export/", "export/?format=csv"):
        assert client.get(f"/imports/departments/{address}").status_code == 200
    empty = client.post("/imports/departments/", {"file": io.BytesIO(b"")})
    assert empty.status_code == 422
    none = client.post("/imports/departments/", {})
    assert "没有选择文件" in none.content.decode()
    made = Workbook()
    for line in (["机构代码", "诊疗科目", "科室名称"], [full.west.code, "02", "全科"], ["X", "02", "全科"]):
        made.active.append(line)  # type: ignore[union-attr]
    file = io.BytesIO()
    made.save(file)
    file.seek(0)
    file.name = "科室.xlsx"
    there = client.post("/imports/departments/", {"file": file})["Location"]
    page = see(client, there)
    assert "没有代码为 X 的机构" in page
    assert "导入 1 行" in page
    assert client.get(f"{there}rejected/").status_code == 200
    assert client.post(there, {"decision": "apply"}).status_code == 302
    assert full.west.departments.get().name == "全科"
    assert Load.objects.get().state == "applied"
    assert "科室.xlsx" in see(client, "/imports/")
    assert client.get("/imports/nothing/").status_code == 404


def test_a_concept_is_added_changed_and_retired(client: Client, full: County) -> None:
    login(client, "data-office", full.authority)
    post(client, "/terminology/systems/new/", code="local", name="本地代码")
    post(client, "/terminology/new/", system="local", code="A1", name="本地病")
    concept = Concept.objects.get(system="local")
    post(client, f"/terminology/{concept.pk}/edit/", name="本地常见病")
    post(client, f"/terminology/{concept.pk}/retire/", on="2026-01-01")
    concept.refresh_from_db()
    assert (concept.name, concept.initials, concept.retired_on) == ("本地常见病", "bdcjb", date(2026, 1, 1))


READ = [
    "/organizations/",
    "/consortia/",
    "/staff/",
    "/places/",
    "/places/areas/",
    "/terminology/",
    "/organizations/functions/",
]
WRITE = [
    "/organizations/new/",
    "/consortia/new/",
    "/staff/new/",
    "/places/grids/new/",
    "/terminology/new/",
    "/imports/",
]


def test_who_may_not_is_refused_and_sees_no_buttons(client: Client, full: County) -> None:
    for address in READ + WRITE:
        assert client.get(address).status_code == 302, address
    login(client, "family-doctor", full.east, subtree=False)
    for address in READ:
        page = see(client, address)
        assert "btn-primary" not in page.partition("<main")[2], address
    for address in WRITE:
        see(client, address, 403)
    for address in (f"/organizations/{full.east.pk}/", f"/consortia/{full.consortium.pk}/", "/places/grids/G1/"):
        assert "/edit/" not in see(client, address)
    client.logout()
    login(client, "director", full.west, subtree=False)
    assert "/edit/" not in see(client, f"/organizations/{full.east.pk}/")
    refused = client.post(f"/organizations/{full.east.pk}/close/", {"on": "2026-01-01"})
    assert refused.status_code == 403
    edited = client.post(
        f"/organizations/{full.east.pk}/departments/new/", {"code": "02", "name": "x", "opened_on": "2021-01-01"}
    )
    assert edited.status_code == 403


@pytest.mark.parametrize(
    ("address", "most"), [("/organizations/", 12), ("/consortia/{c}/", 30), ("/organizations/{o}/", 34)]
)
def test_the_number_of_statements_does_not_grow(
    client: Client, full: County, address: str, most: int, django_assert_max_num_queries: object
) -> None:
    login(client, "commission", full.authority)
    for number in range(12):
        edit_organization(SYSTEM, organization=full.east, phone=str(number))
    see(client, address.format(c=full.consortium.pk, o=full.east.pk))
    with django_assert_max_num_queries(most):  # type: ignore[operator]
        see(client, address.format(c=full.consortium.pk, o=full.east.pk))


@pytest.mark.parametrize("path", ["/organizations/", "/consortia/", "/staff/", "/places/", "/places/areas/"])
def test_a_list_of_an_earlier_day_leads_to_pages_of_that_day(full: County, client: Client, path: str) -> None:
    login(client, "commission", full.hospital)
    today = client.get(path).content.decode()
    assert "data-href" in today
    assert "?on=" not in today
    day = (clock.today() - timedelta(days=30)).isoformat()
    earlier = client.post(path, {"on": day}, follow=True).content.decode()
    links = re.findall(r'data-href="([^"]+)"', earlier)
    assert links
    assert all(link.endswith(f"?on={day}") for link in links)
    page = client.get(unescape(links[0]))
    assert page.status_code == 200
    assert f'value="{day}"' in page.content.decode()
