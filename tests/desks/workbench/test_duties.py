"""The desk names what must be reported, reviewed and answered, until when, and opens the form itself."""

import re

import evaluation_county
import pytest
import reporting_play
from care_community import Community
from django.test import Client

from yigongti.desks.workbench import duties
from yigongti.insight.evaluation.targets import schemas, services
from yigongti.insight.evaluation.targets.workflow import Planning
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.cases.advance import advance

pytestmark = pytest.mark.django_db


def lines(community: Community, name: str) -> list[tuple[str, str]]:
    """The first card of somebody's desk: what is to be done and where it is done."""
    client = Client()
    client.force_login(community.users[name], backend="yigongti.kernel.access.backends.GrantedBackend")
    page = client.get("/").content.decode()
    card = re.search(r"要填报、审核和答复的.*?</section>", page, re.S)
    found = re.findall(r'<tr><td class=""><a href="([^"]+)">([^<]+)</a>', card[0]) if card else []
    return [(what, url) for url, what in found]


def test_a_report_is_entered_by_one_and_reviewed_by_the_other() -> None:
    with clock.travelling(reporting_play.NOW):
        house = reporting_play.make_house()
        assert lines(house.community, "town-director") == []
        report = reporting_play.opened(house)
        assert lines(house.community, "town-director") == [("填写指标", f"/reporting/{report.pk}/entry/")]
        assert lines(house.community, "town-data") == [("填写指标", f"/reporting/{report.pk}/entry/")]
        assert lines(house.community, "council") == []
        reporting_play.step(house.entering, reporting_play.filled(house, report), "submit")
        assert lines(house.community, "town-director") == []
        assert lines(house.community, "council") == [("审核填报", f"/reporting/{report.pk}/review/")]


def test_what_is_late_stands_first_and_in_red() -> None:
    with clock.travelling(reporting_play.NOW):
        house = reporting_play.make_house()
        reporting_play.opened(house)
    with clock.travelling(reporting_play.NOW.replace(month=11)), acting(house.entering):
        card = duties.card(house.entering)
    assert card is not None
    assert card.rows[0][3].tone == "danger"
    assert str(card.rows[0][3].text).startswith("超时")


def owes(actor: Actor) -> list[str]:
    """What stands on the card of somebody."""
    with acting(actor):
        card = duties.card(actor)
    return [str(row[0].text) for row in card.rows] if card else []


def test_evaluations_and_rounds_of_targets_wait_for_those_who_take_part() -> None:
    county = evaluation_county.build()
    case = evaluation_county.opened(county)
    council, director = county["council"], county["town-director"]
    assert owes(council) == ["办理考核：待启动"]
    assert owes(director) == []
    evaluation_county.step(council, case, "start")
    assert owes(director) == ["填写自评"]
    assert owes(county["foreign-director"]) == []
    data = schemas.Drafting(
        policy="evaluation/service-targets", period=evaluation_county.PERIOD, consortium=county.consortium.pk
    )
    plan = services.draft(council, data=data)
    advance(council, Planning, plan.pk, "propose", {})
    assert sorted(owes(director)) == ["填写自评", "对服务目标提意见"]
    said = schemas.TargetRemarking(organization=county.made.organizations["town"].pk, text="")
    services.remark(director, case=plan, data=said)
    assert owes(director) == ["填写自评"]
    assert sorted(owes(county["town2-director"])) == ["填写自评", "对服务目标提意见"]


def test_who_has_nothing_to_do_with_it_has_no_card() -> None:
    county = evaluation_county.build()
    with acting(county["family-doctor"]):
        assert duties.card(county["family-doctor"]) is None
