"""The timeline of a case tells what each step chose and wrote, in words."""

from datetime import timedelta

from care_community import Community
from django.urls import reverse
from referral_play import client_of, sent, step

from yigongti.care.referral import queries
from yigongti.care.referral.pages.happened import details
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting


def told(community: Community, case) -> dict[str, dict[str, str]]:  # type: ignore[no-untyped-def]
    """Label and text pairs of the last event of each step."""
    with acting(community["office"]):
        events = queries.events_of(case)
        of = details(case, events, {})
        return {event.step: dict(of(event)) for event in events}


def test_reasons_times_and_what_was_prepared_are_told(community: Community) -> None:
    case = sent(community)
    soon = clock.now() + timedelta(days=1)
    step(community["office"], case, "accept", appointment_at=soon, appointment_place="门诊三楼 5 诊室")
    case.refresh_from_db()
    step(community["family-doctor"], case, "prepare", done=[case.checklist[0]["id"]])
    step(community["office"], case, "miss", reason="improved")
    known = told(community, case)
    assert known["accept"]["就诊地点"] == "门诊三楼 5 诊室"
    assert known["accept"]["预约时间"].endswith(f"{soon.astimezone(clock.timezone.get_current_timezone()):%H:%M}")
    assert known["prepare"]["已完成"] == case.checklist[0]["name"]
    assert "improved" not in str(known["miss"])
    assert known["miss"]["未到诊原因"]
    assert known["submit"] == known["revise"] == {}


def test_the_first_contact_closes_with_its_words(community: Community) -> None:
    case = sent(community)
    for who, name, data in (
        ("office", "accept", {}),
        ("office", "arrive", {"care_kind": "inpatient"}),
        (
            "specialist",
            "conclude",
            {"diagnosis": "高血压", "treatment": "调整用药三天", "advice": "两周后复查", "outcome": "improved"},
        ),
        ("family-doctor", "follow_up", {"condition": "血压平稳", "sbp": 132, "dbp": 80, "plan_followed": False}),
    ):
        step(community[who], case, name, **data)
    known = told(community, case)
    assert known["arrive"] == {"接诊方式": "住院"}
    assert known["conclude"] == {}
    assert known["follow_up"]["情况"] == "血压平稳"
    assert known["follow_up"]["收缩压"] == "132 mmHg"
    assert known["follow_up"]["在按方案治疗"] == "否"
    page = client_of(community, "family-doctor").get(reverse("referral:case", args=[case.pk]))
    assert "血压平稳" in page.content.decode()
