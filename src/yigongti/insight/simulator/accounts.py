"""The accounts of the demonstration: one for each role, with a name that people can remember."""

import json
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from yigongti.config import configuration
from yigongti.insight.simulator import lanshan
from yigongti.insight.simulator.casting import KNOWN
from yigongti.insight.simulator.community import Community
from yigongti.insight.simulator.people import PASSWORD, Member, Staff
from yigongti.kernel import clock
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.applications import offered, open_application
from yigongti.kernel.access.models import Grant, User
from yigongti.kernel.ui.demonstration import DemoAccount, demo_accounts, write_demo_accounts
from yigongti.records.residents.models import Resident

CLINIC = "clinic"
SYSTEM_FILE = "demo-system.json"


@dataclass(frozen=True)
class Login:
    """An account: the place and role of the person it belongs to, and what can be tried with it."""

    username: str
    place: str
    role: str
    title: str
    does: str
    department: str = ""


LOGINS = (
    Login("cunyi", CLINIC, "village-doctor", "乡村医生", "随访登记、发起上转、接收转回村里的病人"),
    Login("quanke", lanshan.DEMO_BRANCH, "family-doctor", "家庭医生", "看今天该随访的人、一键上转、接收下转、首次随访"),
    Login("fenyuan", lanshan.DEMO_BRANCH, "director", "分院院长", "看本院转诊与超时事项、审核和改派"),
    Login("zhuanzhenban", "lead", "referral-office", "转诊办", "按紧急程度受理上转：接收、改派、要求补充、退回"),
    Login("zhuanke", "lead", "specialist", "专科医生", "接诊转来的病人、写回复函、带方案下转", "心血管内科"),
    Login("yaoshi", "lead", "pharmacist", "药师", "维护用药目录和各分院的配备、看下转缺药清单、一键列入分院目录"),
    Login("yuanzhang", "lead", "director", "总院院长", "看全院转诊和时限、改派经办人、查看统计"),
    Login("lishihui", "lead", "council", "医共体理事会", "看全医共体转诊统计、提出和批准规则修订、维护成员"),
    Login("weijianwei", "commission", "commission", "卫生健康委", "监测全县转诊、维护机构和网格、批准规则"),
    Login("yibao", "insurance", "insurance-bureau", "医保经办", "看全县转诊去向、县域内就医占比，打开不含姓名的明细"),
    Login("xinxike", "lead", "data-office", "信息科", "维护机构、人员、术语，批量导入导出"),
    Login("shenji", "lead", "auditor", "审计员", "查看谁在何时读写了什么、检查审计链"),
    Login("guanliyuan", "lead", "administrator", "系统管理员", "管理账号与授权；看不到居民档案"),
    Login("waixian", "abroad", "family-doctor", "外县家庭医生", "不属于本医共体：用来核对看不到本县居民和转诊"),
)
RESIDENT = Login("jumin", "", "resident", "居民", "看自己的转诊进度、档案和家庭医生，查看谁读过自己的档案")


def build(community: Community, staff: Staff) -> list[DemoAccount]:
    """Rename the accounts, make the resident's own, and write the cards of the login page."""
    listed = []
    for login in LOGINS:
        member = owner(login, community, staff)
        member.user.username = login.username
        member.user.save(update_fields=["username"])
        listed.append(_card(login, member.user.name, member.organization.name))
    resident = demo_resident(community)
    user = User(username=RESIDENT.username, name=resident.name, resident_id=resident.pk)
    user.password = owner(LOGINS[0], community, staff).user.password
    user.save()
    home = community.organizations[lanshan.DEMO_BRANCH]
    Grant.objects.create(user=user, role=RESIDENT.role, organization=home)
    listed.append(_card(RESIDENT, resident.name, community.demo_village.village.name))
    write_demo_accounts(listed)
    let_system_in(community)
    return listed


def let_system_in(community: Community) -> None:
    """An account for programs: the hospital's system, its client id and secret in HOME/demo-system.json (0600)."""
    application, secret = open_application(
        SYSTEM,
        name="县中心医院 HIS（演示）",
        organization_id=community.lead.pk,
        scopes=list(offered()),
    )
    file = configuration().home / SYSTEM_FILE
    file.touch(mode=0o600)
    file.write_text(json.dumps({"client_id": application.client_id, "client_secret": secret}), encoding="utf-8")


def owner(login: Login, community: Community, staff: Staff) -> Member:
    """The person to whom a staff account belongs."""
    clinic = community.demo_village.clinic
    place = clinic if login.place == CLINIC else community.organizations[login.place]
    return staff.at(place.pk, login.role, login.department)[0]


def demo_resident(community: Community) -> Resident:
    """The resident of the demonstration: lives in the village, is signed with the family doctor, has hypertension.

    Where nobody fits in every way, the nearest that does.
    """
    village, today = community.demo_village.village, clock.today()
    people = Resident.objects.filter(area_id=village.code, died_on=None).order_by("id")
    grown = people.filter(birth_date__range=(today - timedelta(days=78 * 365), today - timedelta(days=40 * 365)))
    known = timezone.make_aware(datetime.combine(today - KNOWN, time()))
    ill = grown.filter(conditions__register="hypertension", registered_at__lt=known).distinct()
    signed = ill.filter(signings__isnull=False)
    found = signed.first() or ill.first() or grown.first() or people.first()
    assert found is not None, village
    return found


def listed() -> list[dict[str, Any]]:
    """The accounts as they were written to HOME; empty outside demo mode."""
    return [vars(account) for account in demo_accounts()]


def _card(login: Login, name: str, organization: str) -> DemoAccount:
    return DemoAccount(
        username=login.username,
        password=PASSWORD,
        name=name,
        role=login.title,
        organization=organization,
        does=login.does,
    )
