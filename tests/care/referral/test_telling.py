"""The right people are told, once, without clinical detail."""

from datetime import timedelta

from care_community import Community
from django.utils import timezone
from referral_play import drain, sent, step

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import User
from yigongti.kernel.cases.escalation import escalate
from yigongti.kernel.notices.models import Notice


def told(community: Community, name: str) -> list[str]:
    """Titles of the notices of a person, oldest first."""
    with acting(SYSTEM):
        return list(Notice.objects.filter(user=community.users[name]).order_by("pk").values_list("title", flat=True))


def test_the_next_desk_the_sender_and_the_resident_are_told(community: Community) -> None:
    with acting(SYSTEM):
        own = User.objects.create_user("wang", "correct horse", name="王", resident_id=community.residents["wang"].pk)
    community.users["wang"] = own
    case = sent(community)
    drain()
    assert told(community, "office")[-1].startswith("待接收")
    assert not told(community, "foreign-office")
    step(community["office"], case, "accept")
    drain()
    assert told(community, "family-doctor")[-1].startswith(("接收", "已接收"))
    assert told(community, "wang") == ["转诊进度", "转诊进度"]
    with acting(SYSTEM):
        assert not Notice.objects.filter(text__contains="高血压").exists()


def test_alarms_reach_the_desk_and_then_the_director(community: Community) -> None:
    case = sent(community, priority="red")
    drain()
    with clock.travelling(case.due_at + timedelta(minutes=40)):
        escalate()
        drain()
    assert told(community, "office")[-1].startswith("已超时")
    assert told(community, "director")[-1].startswith("已超时")


def test_who_opens_no_case_is_led_to_what_is_late(community: Community) -> None:
    case = sent(community, priority="red")
    drain()
    with clock.travelling(case.due_at + timedelta(days=2)):
        escalate()
        drain()
    with acting(SYSTEM):
        council = Notice.objects.filter(user=community.users["council"]).order_by("pk").last()
        office = Notice.objects.filter(user=community.users["office"]).order_by("pk").last()
    assert council.link.startswith("/referrals/statistics/list/?measure=late")
    assert str(case.pk) in office.link
    assert f"{timezone.localtime(case.due_at):%H:%M} 前办理" in office.text
