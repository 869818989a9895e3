from django.db.models import QuerySet
from registry.community import County

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.models import User
from yigongti.registry.history import history
from yigongti.registry.organizations.models import Organization
from yigongti.registry.organizations.services import edit_organization


def test_changes_are_told_in_the_words_of_the_fields(here: County) -> None:
    user = User.objects.create_user("w", name="王主任")
    by = Actor(user.pk, "王主任", here.authority.pk, everything=True)
    edit_organization(by, organization=here.east, beds=40, part_of=here.hospital, on_platform=False, tier="county")
    newest, *_, oldest = history(here.east)
    assert (newest.title, newest.who, oldest.title, oldest.who) == ("修改机构", "王主任", "新增机构", "平台")
    assert dict(newest.details) == {
        "编制床位": "0 → 40",
        "上级机构": "蓝山县卫生健康局 → 蓝山县中心医院",
        "使用本平台": "是 → 否",
        "层级": "乡镇（社区）级 → 县区级",
    }


def test_history_of_nothing_is_empty(here: County) -> None:
    nothing: QuerySet[Organization] = Organization.objects.none()
    assert history(nothing) == []
    assert len(history(Organization.objects.all(), latest=3)) == 3
