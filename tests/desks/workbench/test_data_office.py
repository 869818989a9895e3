"""The desk of the data office: every number opens the list that it counts."""

import re
from datetime import timedelta
from pathlib import Path

from care_community import Community
from django.test import Client

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import Grant, User
from yigongti.records.exchange.mllp import services as senders
from yigongti.records.exchange.mllp import taking
from yigongti.records.exchange.services import accept, receive, register_source
from yigongti.records.exchange.services.sources import agree

PEOPLE = "source_key,name,sex,birth_date\np1,王秀英,2,1958-03-12\np2,李强,7,1960-01-02\n"
MESSAGE = "MSH|^~\\&|HIS|H1|YGT|YGT|20260301103000||ADT^A01|1|P|2.5.1\rEVN|A01|20260301102500\r"


def office(community: Community) -> Client:
    """The data office of the county hospital."""
    with acting(SYSTEM):
        user = User.objects.create_user("data-office", None, name="张工")
        home = community.organizations["county"]
        Grant.objects.create(user=user, role="data-office", organization=home, start="2024-01-01")
    client = Client()
    client.force_login(user, backend="yigongti.kernel.access.backends.GrantedBackend")
    return client


def figures(client: Client) -> dict[str, tuple[str, int]]:
    """Label → address and number."""
    page = client.get("/").content.decode()
    found = {}
    for label in ("等待入库", "整批退回", "有行待更正", "久未送数", "HL7 处理失败"):
        shown = re.search(r'<a class="y-figure-value" href="([^"]+)"[^>]*>([\d,]+)<', page.split(f">{label}<", 1)[1])
        assert shown, label
        found[label] = (shown[1].replace("&amp;", "&"), int(shown[2]))
    return found


def listed(client: Client, address: str) -> int:
    """The rows of a list."""
    body = client.get(address).content.decode().split("<tbody", 1)
    return len(re.findall(r"<tr", body[1].split("</tbody")[0])) if len(body) > 1 else 0


def test_every_number_opens_its_list(community: Community, tmp_path: Path) -> None:
    client = office(community)
    assert {number for _, number in figures(client).values()} == {0}
    home = community.organizations["county"]
    his = register_source(SYSTEM, code="his", title="HIS", organization=home)
    lis = register_source(SYSTEM, code="lis", title="LIS", organization=home)
    agree(SYSTEM, source=lis, every_hours=24)
    file, other = tmp_path / "patient.csv", tmp_path / "menu.pdf"
    file.write_text(PEOPLE)
    other.write_text("x")
    receive(SYSTEM, source=his, mapping="interchange", files=[file])
    receive(SYSTEM, source=his, mapping="interchange", files=[other])
    with clock.travelling(clock.now() - timedelta(days=3)):
        accept(SYSTEM, source=lis, mapping="interchange", files=[file])
    senders.register_sender(SYSTEM, application="HIS", facility="H1", source=his)
    taking.take(MESSAGE.encode())
    found = figures(client)
    assert {label: number for label, (_, number) in found.items()} == {
        "等待入库": 1,
        "整批退回": 1,
        "有行待更正": 2,
        "久未送数": 1,
        "HL7 处理失败": 1,
    }
    for label, (address, number) in found.items():
        assert listed(client, address) == number, (label, address)
