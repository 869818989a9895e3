"""Stale drafts and no-shows end by policy; patients are reminded once."""

from datetime import timedelta

from care_community import Community
from referral_play import sent, step

from yigongti.care.referral import services
from yigongti.care.referral.models import Referral
from yigongti.care.referral.timers import end_stale, remind_of_appointments
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import User


def test_a_draft_ends_after_its_days(community: Community) -> None:
    case = services.begin_up(community["family-doctor"], resident_id=community.residents["wang"].pk).case
    with clock.travelling(clock.now() + timedelta(days=13)):
        assert end_stale() == 0
    with clock.travelling(clock.now() + timedelta(days=15)):
        assert end_stale() == 1
        assert end_stale() == 0
    with acting(SYSTEM):
        assert Referral.objects.get(pk=case.pk).outcome_code == "expired"


def test_the_patient_is_reminded_once(community: Community) -> None:
    with acting(SYSTEM):
        User.objects.create_user("wang", "correct horse", name="王", resident_id=community.residents["wang"].pk)
    case = sent(community)
    step(
        community["office"], case, "accept", appointment_at=clock.now() + timedelta(days=3), appointment_place="三诊室"
    )
    assert remind_of_appointments() == 0
    with clock.travelling(clock.now() + timedelta(days=2, hours=12)):
        assert remind_of_appointments() == 1
        assert remind_of_appointments() == 0


def test_a_new_referral_soon_after_belongs_to_the_same_episode(community: Community) -> None:
    case = sent(community)
    step(community["office"], case, "decline", reason="not-indicated", note="基层处理即可")
    with clock.travelling(clock.now() + timedelta(days=5)):
        again = sent(community)
        assert again.episode == case.episode
        step(community["office"], again, "decline", reason="not-indicated", note="基层处理即可")
    with clock.travelling(clock.now() + timedelta(days=50)):
        assert sent(community).episode != case.episode
