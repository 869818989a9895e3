"""Notices that leave the house reach people by the telephone of the register and of the record."""

import care_community
import pytest

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import User
from yigongti.kernel.notices.sending import contact_of
from yigongti.registry.staff.models import Practitioner


@pytest.mark.django_db
def test_staff_and_residents_are_reached_by_telephone() -> None:
    made = care_community.build()
    with acting(SYSTEM):
        Practitioner.objects.filter(user=made.users["office"]).update(phone="0746-2212345")
        resident = User.objects.create_user("wang", "x", name="王某", resident_id=made.residents["wang"].pk)
        assert contact_of(made.users["office"]).phone == "0746-2212345"
        assert contact_of(resident).phone == "13900000001"
        assert contact_of(made.users["auditor"]).phone == ""
