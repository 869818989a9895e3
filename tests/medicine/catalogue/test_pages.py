"""The formulary as people see it: the register, one drug, the forms, the one click, the sheets, the API."""

import io
from datetime import date
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from formulary_county import Shelf
from openpyxl import Workbook
from registry.community import LONG_AGO

from yigongti.kernel.access.models import Grant, User
from yigongti.medicine.catalogue.models import Drug, Supply
from yigongti.registry.organizations.models import Organization
from yigongti.registry.sheets.models import Load

AMLODIPINE, VALSARTAN, ATORVASTATIN = "苯磺酸氨氯地平片", "缬沙坦胶囊", "阿托伐他汀钙片"


def browser(role: str, at: Organization, *, subtree: bool = False) -> Client:
    user = User.objects.create_user(f"{role}-{at.code}", name="张三")
    Grant.objects.create(user=user, role=role, organization=at, subtree=subtree, start=LONG_AGO)
    client = Client()
    client.force_login(user, "yigongti.kernel.access.backends.GrantedBackend")
    return client


@pytest.fixture
def pharmacist(stocked: Shelf) -> Client:
    return browser("pharmacist", stocked.county.hospital)


def shown(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.content.decode()[:300])
    return unescape(answer.content.decode())


def test_the_register_shows_coverage_and_finds_by_pinyin(pharmacist: Client, stocked: Shelf) -> None:
    url = reverse("catalogue:drugs")
    page = shown(pharmacist, url)
    assert all(name in page for name in stocked.drugs)
    assert '3<span class="y-unit">家' in page
    assert pharmacist.post(url, {"register": "drugs", "q": "xst"}).status_code == 302
    found = shown(pharmacist, url)
    assert VALSARTAN in found
    assert AMLODIPINE not in found
    pharmacist.post(url, {"register": "drugs", "at": stocked.county.west.pk})
    assert VALSARTAN not in shown(pharmacist, url)
    pharmacist.post(url, {"register": "drugs", "on": "2019-01-01"})
    assert not any(name in shown(pharmacist, url) for name in stocked.drugs)


def test_a_drug_is_added_edited_and_stopped(pharmacist: Client, stocked: Shelf) -> None:
    east = stocked.county.east
    form = shown(pharmacist, f"{reverse('catalogue:add')}?name=二甲双胍片&supplier={east.pk}")
    assert "二甲双胍片" in form
    data = {
        "formulary": stocked.formulary.pk,
        "name": "盐酸二甲双胍片",
        "specification": "0.5g×48片",
        "dosage_form": "片剂",
        "category": "双胍类",
        "essential": "on",
        "start": "2026-01-01",
        "suppliers": [east.pk],
    }
    assert pharmacist.post(reverse("catalogue:add"), data | {"atc": "x"}).status_code == 422
    assert pharmacist.post(reverse("catalogue:add"), data).status_code == 302
    drug = Drug.objects.get(name="盐酸二甲双胍片")
    assert [one.organization for one in drug.supplies.all()] == [east]
    edit = {name: data[name] for name in ("name", "specification", "dosage_form", "start")} | {"category": "降糖药"}
    assert pharmacist.post(reverse("catalogue:edit", args=[drug.pk]), edit).status_code == 302
    assert "1 家单位的配备一并结束" in shown(pharmacist, reverse("catalogue:stop", args=[drug.pk]))
    assert pharmacist.post(reverse("catalogue:stop", args=[drug.pk]), {"reason": ""}).status_code == 422
    stop = {"reason": "停产", "on": "2026-06-01"}
    assert pharmacist.post(reverse("catalogue:stop", args=[drug.pk]), stop).status_code == 302
    page = shown(pharmacist, drug.get_absolute_url())
    assert "停产" in page
    assert "列入目录" not in page
    assert "修改记录" in page


def test_one_click_lists_a_drug_and_goes_back(pharmacist: Client, stocked: Shelf) -> None:
    drug, west = stocked.drugs[VALSARTAN], stocked.county.west
    url = reverse("catalogue:list", args=[drug.pk, west.pk])
    assert "列入目录" in shown(pharmacist, drug.get_absolute_url())
    answer = pharmacist.post(url, {"next": "/formulary/"})
    assert answer["Location"] == "/formulary/"
    assert pharmacist.post(url, {"next": "https://elsewhere.example/"})["Location"] == drug.get_absolute_url()
    supply = Supply.objects.get(drug=drug, organization=west)
    stop = reverse("catalogue:supply-stop", args=[supply.pk])
    assert pharmacist.post(stop, {"reason": "断供", "on": "2099-01-01"}).status_code == 302
    assert "至 2099-01-01 断供" in shown(pharmacist, drug.get_absolute_url())
    assert "不使用" in unescape(
        pharmacist.post(reverse("catalogue:list", args=[drug.pk, stocked.county.city.pk]), follow=True).content.decode()
    )


def test_who_may_only_read_finds_no_buttons_and_is_refused(stocked: Shelf) -> None:
    doctor = browser("family-doctor", stocked.county.east)
    drug, west = stocked.drugs[VALSARTAN], stocked.county.west
    page = shown(doctor, drug.get_absolute_url())
    assert "列入目录" not in page
    assert doctor.post(reverse("catalogue:list", args=[drug.pk, west.pk])).status_code == 403
    eastern = browser("pharmacist", stocked.county.east)
    assert eastern.post(reverse("catalogue:list", args=[drug.pk, west.pk])).status_code == 403
    stranger = browser("pharmacist", stocked.county.city)
    assert stranger.get(drug.get_absolute_url()).status_code == 404
    assert AMLODIPINE not in shown(stranger, reverse("catalogue:drugs"))


def sheet(client: Client, key: str, rows: list[list[object]]) -> Load:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    file.name = "表.xlsx"
    answer = client.post(reverse("sheets:sheet", args=[key]), {"file": file})
    assert answer.status_code == 302, unescape(answer.content.decode())[-3000:]
    load = Load.objects.latest("checked_at")
    client.post(load.get_absolute_url(), {"decision": "apply"})
    load.refresh_from_db()
    return load


def test_the_formulary_comes_and_goes_as_spreadsheets(pharmacist: Client, stocked: Shelf) -> None:
    code, east = stocked.county.consortium.code, stocked.county.east.code
    heads = ["目录代码", "通用名", "规格", "剂型", "类别", "国家基本药物", "生效日期", "停用日期", "停用原因"]
    load = sheet(
        pharmacist,
        "drugs",
        [
            heads,
            [code, "盐酸二甲双胍片", "0.5g×48片", "片剂", "双胍类", "是", date(2026, 1, 1), None, None],
            [code, VALSARTAN, "80mg×28粒", "胶囊", "沙坦类", "是", LONG_AGO, None, None],
            [code, ATORVASTATIN, "20mg×7片", "片剂", "他汀类", "否", LONG_AGO, date(2026, 3, 1), "集采更换"],
            ["没有", "甲", "1", "片剂", "", "否", LONG_AGO, None, None],
        ],
    )
    assert (load.added, load.changed, load.rejected) == (1, 2, 1)
    assert Drug.objects.get(name=ATORVASTATIN).stopped_because == "集采更换"
    load = sheet(
        pharmacist,
        "drug-supplies",
        [
            ["目录代码", "通用名", "规格", "机构代码", "配备日期"],
            [code, "盐酸二甲双胍片", "0.5g×48片", east, date(2026, 2, 1)],
            [code, "没有的药", "1", east, date(2026, 2, 1)],
        ],
    )
    assert (load.added, load.rejected) == (1, 1)
    for key in ("drugs", "drug-supplies"):
        out = pharmacist.get(f"{reverse('sheets:sheet', args=[key])}export/?format=csv")
        if out.status_code == 404:
            out = pharmacist.get(f"{reverse('sheets:export', args=[key])}?format=csv")
        assert "盐酸二甲双胍片" in out.content.decode("utf-8-sig")


def test_the_api_reads_and_lists(stocked: Shelf) -> None:
    here = stocked.county
    doctor, pharmacist = browser("family-doctor", here.west), browser("pharmacist", here.hospital)
    names = [one["name"] for one in doctor.get(f"/api/formulary/drugs?organization_id={here.west.pk}").json()["items"]]
    assert names == [AMLODIPINE, "氯沙坦钾片"]
    drug = stocked.drugs[VALSARTAN]
    full = doctor.get(f"/api/formulary/drugs/{drug.pk}").json()
    assert {one["organization_id"] for one in full["supplies"]} == {here.hospital.pk, here.east.pk}
    url = f"/api/formulary/standings?organization_id={here.west.pk}&name={VALSARTAN}&name=甲"
    told = doctor.get(url).json()
    assert told["known"]
    assert [(one["place"], one["substitutes"]) for one in told["items"]] == [
        ("unsupplied", ["氯沙坦钾片"]),
        ("unknown", []),
    ]
    body = {"organization_id": here.west.pk}
    supplies = f"/api/formulary/drugs/{drug.pk}/supplies"
    assert doctor.post(supplies, body, content_type="application/json").status_code == 403
    made = pharmacist.post(supplies, body, content_type="application/json")
    assert made.status_code == 201
    assert doctor.get(url).json()["items"][0]["place"] == "listed"
    end = f"/api/formulary/supplies/{made.json()['id']}/end"
    ended = pharmacist.post(end, {"reason": "断供", "on": "2099-01-01"}, content_type="application/json")
    assert ended.json()["until"] == "2099-01-01"
