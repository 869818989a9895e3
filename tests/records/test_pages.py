"""Every page of the records floor as people use it, over HTTP with a login."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from records_community import Community

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import Grant, User
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.ui import panels
from yigongti.records.health_record import services as record
from yigongti.records.health_record import timeline
from yigongti.records.health_record.models import Condition, Encounter, MedicationStatement, Observation
from yigongti.records.residents import health_code, services
from yigongti.records.residents.identity import generate
from yigongti.records.residents.models import CareRelation, Resident
from yigongti.registry.terminology.models import CodeSystem, Concept

BACKEND = "yigongti.kernel.access.backends.GrantedBackend"
Login = Callable[[Actor], Client]


@pytest.fixture
def login(community: Community) -> Login:
    """A browser in which an actor of the community is logged in."""

    def logged_in(actor: Actor) -> Client:
        [granted] = actor.grants
        with acting(SYSTEM):
            Grant.objects.get_or_create(
                user_id=actor.user_id,
                role=granted.role,
                organization_id=granted.organization_id,
                defaults={"subtree": True},
            )
        client = Client()
        client.force_login(User.objects.get(pk=actor.user_id), backend=BACKEND)
        return client

    return logged_in


@pytest.fixture
def doctor(community: Community, login: Login) -> Client:
    return login(community.family_doctor)


def text(response: object) -> str:
    return response.content.decode()


def key(page: str) -> str:
    return re.search(r'name="idempotency_key" value="([^"]+)"', page)[1]


def test_the_roster_shows_masked_numbers(community: Community, doctor: Client) -> None:
    resident = community.resident()
    page = text(doctor.get(reverse("residents:list")))
    assert "王秀英" in page
    assert "431127********" in page
    assert str(resident.id_number) not in page
    assert "13800138000" not in page


def test_one_exact_number_opens_the_record(community: Community, doctor: Client) -> None:
    resident = community.resident()
    answer = doctor.post(reverse("residents:search"), {"q": str(resident.id_number)})
    assert answer.headers["Location"] == reverse("record:resident", args=[resident.pk])
    page = text(doctor.post(reverse("residents:search"), {"q": "wxy"}))
    assert "王秀英" in page
    fragment = text(doctor.post(reverse("residents:search"), {"q": "wxy"}, headers={"HX-Request": "true"}))
    assert "王秀英" in fragment
    assert "<html" not in fragment


def test_a_stranger_receives_who_shows_a_document(community: Community, login: Login) -> None:
    resident = community.resident()
    stranger = login(community.stranger)
    record_page = reverse("record:resident", args=[resident.pk])
    assert stranger.get(record_page).status_code == 404
    assert "王秀英" not in text(stranger.post(reverse("residents:search"), {"q": "wangxiuying"}))
    for shown in (str(resident.id_number), health_code.issue(resident.pk, clock.now())):
        page = text(stranger.post(reverse("residents:search"), {"q": shown}))
        assert "接诊" in page
        assert "13800138000" not in page
    ticket = re.search(r'name="ticket" value="([^"]+)"', page)[1]
    answer = stranger.post(reverse("residents:receive"), {"ticket": ticket})
    assert answer.headers["Location"] == record_page
    assert stranger.get(record_page).status_code == 200
    assert stranger.post(reverse("residents:receive"), {"ticket": "made-up"}).status_code == 302


def test_typing_a_number_fills_the_rest_and_registering_leads_to_the_record(
    community: Community, doctor: Client
) -> None:
    number = str(generate(date(1961, 7, 8), "1", "431127", 33))
    checked = text(doctor.post(reverse("residents:check"), {"id_number": number, "identity_kind": "01"}))
    assert 'value="1961-07-08"' in checked
    assert 'value="1" required id="id_sex_0" hx-swap-oob="true" checked' in checked
    wrong = text(doctor.post(reverse("residents:check"), {"id_number": number[:-1] + "0", "identity_kind": "01"}))
    assert "校验位" in wrong or "1961" in wrong
    page = text(doctor.get(reverse("residents:register")))
    assert "上洞村" in page
    filled = {
        "identity_kind": "01",
        "id_number": number,
        "name": "周大山",
        "sex": "1",
        "birth_date": "1961-07-08",
        "phone": "13900139000",
        "area": community.village.pk,
        "contact_name": "周小山",
        "contact_phone": "13700137000",
        "idempotency_key": key(page),
    }
    refused = doctor.post(reverse("residents:register"), {**filled, "sex": "2"})
    assert refused.status_code == 422
    assert "性别与身份证不符" in text(refused)
    answer = doctor.post(reverse("residents:register"), filled)
    with acting(SYSTEM):
        resident = Resident.objects.get(name="周大山")
    assert answer.headers["Location"] == reverse("record:resident", args=[resident.pk])
    again = doctor.post(reverse("residents:register"), filled)
    assert "已经建档" in text(again)


def test_the_record_of_a_person(
    community: Community, doctor: Client, django_assert_max_num_queries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panels, "_panels", {})  # what higher rooms add is theirs to count
    monkeypatch.setattr(timeline, "_sources", {})
    resident = community.resident()
    who = {"resident_id": resident.pk}
    record.record_encounter(
        community.family_doctor, **who, kind="outpatient", measurements={"sbp": 162, "dbp": 95}, assessment="高血压"
    )
    record.diagnose(community.family_doctor, **who, code="I10", name="原发性高血压")
    drug = record.prescribe(community.family_doctor, **who, name="氨氯地平", dose="5 mg", frequency="每日一次")
    url = reverse("record:resident", args=[resident.pk])
    doctor.get(url)
    with django_assert_max_num_queries(12):
        page = text(doctor.get(url))
    for shown in ("王秀英", "162/95↑", "原发性高血压", "氨氯地平", "r-spark", "431127********", "记录就诊"):
        assert shown in page
    with acting(SYSTEM):
        assert Entry.objects.filter(subject="record:resident", resident_id=resident.pk, action="READ").count() == 2
    part = text(doctor.get(reverse("record:timeline", args=[resident.pk]), {"kind": "medication"}))
    assert "氨氯地平" in part
    assert "162/95" not in part
    assert doctor.get(reverse("record:timeline", args=[resident.pk]), {"below": "nonsense"}).status_code == 200
    stop = reverse("record:stop", args=[resident.pk, drug.pk])
    assert doctor.post(stop, {"on": clock.today().isoformat()}).status_code == 302
    with acting(SYSTEM):
        assert MedicationStatement.objects.get().until == clock.today()


def test_a_follow_up_is_one_screen_with_the_last_values(community: Community, doctor: Client) -> None:
    resident = community.resident()
    record.record_encounter(
        community.family_doctor, resident_id=resident.pk, kind="follow-up", measurements={"sbp": 148, "dbp": 92}
    )
    url = reverse("record:visit", args=[resident.pk])
    page = text(doctor.get(url))
    assert "上次 148↑" in page
    assert 'max="300"' in page
    filled = {"kind": "follow-up", "sbp": "900", "dbp": "88", "idempotency_key": key(page)}
    refused = doctor.post(url, filled)
    assert refused.status_code == 422
    assert 'value="900"' in text(refused), "nothing typed is lost"
    for _ in range(2):
        assert doctor.post(url, {**filled, "sbp": "138", "advice": "继续用药"}).status_code == 302
    with acting(SYSTEM):
        assert Encounter.objects.count() == 2, "the same form sent twice has one effect"
        assert Observation.objects.filter(code="sbp").count() == 2


def test_a_diagnosis_is_chosen_from_the_terminology(community: Community, doctor: Client) -> None:
    with acting(SYSTEM):
        system = CodeSystem.objects.get_or_create(code="icd-10", defaults={"name": "ICD-10"})[0]
        Concept.objects.get_or_create(
            system=system, code="I10.x00", defaults={"name": "原发性高血压", "initials": "yfxgxy"}
        )
    resident = community.resident()
    assert "I10.x00" in text(doctor.post(reverse("record:concepts"), {"diagnosis": "yfxgxy"}))
    url = reverse("record:diagnose", args=[resident.pk])
    assert "从列表中选择" in text(doctor.post(url, {"diagnosis": "随便什么"}))
    assert doctor.post(url, {"diagnosis": "I10.x00 原发性高血压"}).status_code == 302
    with acting(SYSTEM):
        assert Condition.objects.get().register == "hypertension"


def test_small_steps_around_a_person(community: Community, doctor: Client) -> None:
    resident = community.resident()
    practitioner = community.practitioner(community.family_doctor)
    with acting(SYSTEM):
        community.post(practitioner, community.centre)
    at, today = [resident.pk], clock.today().isoformat()
    sign = text(doctor.get(reverse("residents:sign", args=at)))
    assert "楠市镇卫生院" in sign
    steps = [
        ("residents:sign", {"organization": community.centre.pk, "doctor": practitioner.pk}),
        ("residents:consent", {"kind": "referral", "evidence": "本人签字"}),
        ("residents:withdraw", {"kind": "referral"}),
        ("residents:contact", {"name": "王大力", "relation": "儿子", "phone": "13700137000"}),
        ("residents:move", {"area": community.other_village.pk, "address": "8 组", "version": 1}),
        (
            "residents:correct",
            {
                "name": "王秀英",
                "identity_kind": "01",
                "id_number": str(resident.id_number),
                "sex": "2",
                "birth_date": "1958-03-12",
                "phone": "0746-2213456",
                "version": 2,
            },
        ),
        ("residents:newborn", {"sex": "1", "birth_date": today, "order": 1}),
        ("residents:end-signing", {"on": today}),
        ("residents:moved", {"on": today, "to": "东莞"}),
        ("residents:undo-moved", {}),
        ("residents:death", {"on": today}),
        ("residents:undo-death", {}),
        ("record:allergy", {"substance": "青霉素"}),
        ("record:prescribe", {"name": "氨氯地平", "dose": "5 mg", "frequency": "qd", "route": "口服"}),
    ]
    for name, data in steps:
        answer = doctor.post(reverse(name, args=at), data, follow=True)
        assert answer.status_code == 200, (name, text(answer))
        assert answer.redirect_chain, (name, re.findall(r"y-field-error[^>]*>([^<]+)", text(answer)))
        assert 'y-danger" role="alert' not in text(answer), name
    about = text(doctor.get(reverse("record:about", args=at)))
    for shown in ("下洞村", "王大力", "撤回", "王秀英之子", "网格责任"):
        assert shown in about
    assert "0746-2213456" not in about
    assert "0746-2213456" in text(doctor.post(reverse("residents:reveal", args=at)))
    readers = text(doctor.get(reverse("record:readers", args=at)))
    assert "完整证件号码和电话" in readers
    stale = doctor.post(reverse("residents:move", args=at), {"area": community.village.pk, "version": 1})
    assert "别人已经修改" in text(stale)


def test_someone_unknown_is_registered_and_identified(community: Community, login: Login) -> None:
    client = login(community.specialist)
    answer = client.post(
        reverse("residents:unknown"), {"sex": "1", "estimated_age": "60", "place": "汽车站", "features": "灰色夹克"}
    )
    with acting(SYSTEM):
        someone = Resident.objects.get(name__startswith="无名氏")
    page = text(client.get(answer.headers["Location"]))
    assert "约 6" in page
    assert "无名氏临时身份" in page
    number = str(generate(date(1963, 1, 2), "1", "431127", 9))
    known = {"identity_kind": "01", "id_number": number, "name": "周大山", "sex": "1", "birth_date": "1963-01-02"}
    url = reverse("residents:identify", args=[someone.pk])
    assert client.post(url, {**known, "version": 1}).status_code == 302
    with acting(SYSTEM):
        assert Resident.objects.get().name == "周大山"


def test_breaking_the_glass_opens_the_record_at_once(community: Community, login: Login) -> None:
    resident = community.resident()
    client = login(community.stranger)
    url = reverse("residents:emergency", args=[resident.pk])
    form = text(client.get(url))
    assert "通知隐私负责人" in form
    assert "王*英（女，" in form
    assert "王秀英" not in form
    assert "王*英" in text(client.post(url, {"reason": "life", "text": "", "minutes": "60"}))
    assert client.get(reverse("residents:emergency", args=[new_id()])).status_code == 404
    answer = client.post(url, {"reason": "life", "text": "昏迷，需了解用药史", "minutes": "60"})
    assert answer.headers["Location"] == reverse("record:resident", args=[resident.pk])
    assert client.get(answer.headers["Location"]).status_code == 200


def test_a_file_is_attached_and_served_harmlessly(community: Community, doctor: Client) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    resident = community.resident()
    url = reverse("record:upload", args=[resident.pk])
    assert doctor.get(url).status_code == 200
    page = SimpleUploadedFile("a.html", b"<script>alert(1)</script>", "text/html")
    assert doctor.post(url, {"content": page, "kind": "report"}).status_code == 422
    good = SimpleUploadedFile("心电图.pdf", b"%PDF-1.4 x", "application/pdf")
    assert doctor.post(url, {"content": good, "kind": "report", "title": "心电图"}).status_code == 302
    shown = text(doctor.get(reverse("record:resident", args=[resident.pk])))
    answer = doctor.get(re.search(r'href="(/record/[^"]+/documents/[^"]+)"', shown)[1])
    assert answer.content == b"%PDF-1.4 x"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_slip_is_corrected_where_it_was_written(community: Community, doctor: Client, login: Login) -> None:
    resident = community.resident()
    encounter = record.record_encounter(
        community.family_doctor,
        resident_id=resident.pk,
        kind="outpatient",
        measurements={"sbp": 125, "dbp": 75, "waist": 80},
        findings={"chest_pain": True, "ecg": "text"},
        complaint="头晕",
    )
    url = reverse("record:correct-visit", args=[resident.pk, encounter.pk])
    page = text(doctor.get(url))
    for shown in ('value="125"', 'value="80.0"', "头晕", 'value="outpatient" selected'):
        assert shown in page
    village = login(community.village_doctor)
    assert village.get(url).status_code == 403
    fixed = {"kind": "outpatient", "sbp": "152", "dbp": "75", "heart_rate": "80", "complaint": "头晕三天"}
    answer = doctor.post(url, fixed)
    assert answer.status_code == 302, text(answer)
    with acting(SYSTEM):
        now = Observation.objects.in_force().values_list("code", "value")
        assert dict(now) == {"sbp": 152, "dbp": 75, "heart_rate": 80}
        held = Encounter.objects.in_force().get()
        assert (held.complaint, held.started_at) == ("头晕三天", encounter.started_at)
        assert held.findings["ecg"] == "text"
    assert doctor.get(url).status_code == 404, "the old version is history"
    shown = text(doctor.get(reverse("record:resident", args=[resident.pk])))
    assert "152/75↑" in shown
    assert "125/75" not in shown


def test_a_visit_of_the_wrong_person_is_declared_void(community: Community, doctor: Client) -> None:
    resident = community.resident()
    encounter = record.record_encounter(community.family_doctor, resident_id=resident.pk, kind="outpatient")
    url = reverse("record:void", args=[resident.pk, "encounter", encounter.pk])
    assert "作废原因" in text(doctor.get(url))
    assert doctor.post(url, {"reason": "录错人"}).status_code == 302
    assert "这里会按时间列出" in text(doctor.get(reverse("record:resident", args=[resident.pk])))


def test_a_resident_sees_their_own_record_and_no_other(community: Community, login: Login) -> None:
    resident, neighbour = community.resident(), community.resident(name="李四")
    user = User.objects.create(username="wxy", name="王秀英", resident_id=resident.pk)
    with acting(SYSTEM):
        Grant.objects.create(user=user, role="resident", organization=community.centre)
    client = Client()
    client.force_login(user, backend=BACKEND)
    page = text(client.get(reverse("record:resident", args=[resident.pk])))
    assert "王秀英" in page
    assert "记录就诊" not in page
    assert client.get(reverse("record:resident", args=[neighbour.pk])).status_code in (403, 404)
    assert client.get(reverse("residents:list")).status_code == 403


def test_nobody_without_a_login_sees_anything(community: Community) -> None:
    resident = community.resident()
    client = Client()
    for name, args in (("residents:list", []), ("record:resident", [resident.pk]), ("record:visit", [resident.pk])):
        assert client.get(reverse(name, args=args)).status_code == 302
    assert CareRelation.objects.filter(kind="encounter").count() == 0
    assert services.Reason.LIFE.label
