"""Times on the case page are those of the clock on the wall in China."""

from datetime import datetime, time, timedelta

from care_community import Community
from django.urls import reverse
from django.utils import timezone
from referral_play import client_of, sent, step

from yigongti.kernel import clock


def test_the_appointment_is_shown_in_local_time(community: Community) -> None:
    case = sent(community)
    at = timezone.make_aware(datetime.combine(clock.today() + timedelta(days=2), time(9, 0)))
    step(community["office"], case, "accept", appointment_at=at, appointment_place="门诊三楼")
    page = client_of(community, "family-doctor").get(reverse("referral:case", args=[case.pk])).content.decode()
    assert "09:00 门诊三楼" in page
