"""From a figure to the records behind it, from a warning to its end, and the wall: in a real browser."""

from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest
from browsing import Visit
from care_community import Community
from django.utils.timezone import make_aware
from playwright.sync_api import Page, expect

from yigongti.config import configuration
from yigongti.insight.alarms import judging, services
from yigongti.insight.periods import before
from yigongti.insight.results.models import Measure, Result, Run, Unit
from yigongti.insight.results.refreshing import refresh
from yigongti.insight.warehouse.shelf import Shelf
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.ui.sharing import forget
from yigongti.records.health_record.services.encounters import record_encounter

pytestmark = pytest.mark.browser
RATE = "referral/accept-in-time"
STEADY = (90, 92, 88, 91, 89, 90, 92, 88, 91, 89, 90, 92)


@pytest.fixture
def counted(community: Community) -> Community:
    """Ten visits of last month at the township and one of the month before, computed."""
    first = clock.today().replace(day=1) - timedelta(days=20)
    for number in (-30, *range(10)):
        with clock.travelling(make_aware(datetime.combine(first + timedelta(days=number), time(9)))):
            record_encounter(
                community["family-doctor"],
                resident_id=community.residents["wang" if number % 2 else "li"].pk,
                kind="outpatient",
                measurements={"sbp": "132", "dbp": "80"},
            )
    refresh(Shelf(configuration().home / "warehouse"))
    forget()
    return community


def no_overflow(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0


def open_visits(page: Page) -> None:
    """From the screen to the indicator's page, to its explanation, to its records."""
    page.get_by_role("link", name="门急诊人次").first.click()
    expect(page.get_by_role("heading", name="门急诊人次").first).to_be_visible()
    page.get_by_role("link", name="怎么算的").click()
    expect(page.get_by_text("快照")).to_be_visible()
    page.get_by_role("link", name="看组成这个数的记录").click()
    expect(page.get_by_text("共 10 条")).to_be_visible()


def test_a_figure_opens_down_to_its_records(counted: Community, visit: Visit) -> None:
    name = counted.residents["wang"].name
    doctor = visit("family-doctor", "/dashboards/")
    figure = doctor.locator(".m-figure", has_text="门急诊人次")
    expect(figure.locator(".m-value")).to_contain_text("10")
    open_visits(doctor)
    expect(doctor.get_by_role("link", name=name).first).to_be_visible()
    commission = visit("commission", "/dashboards/")
    commission.get_by_role("link", name="门急诊人次").first.click()
    with commission.expect_download() as saved:
        commission.get_by_title("存为图片").first.click()
    assert saved.value.suggested_filename == "门急诊人次-走势.png"
    commission.goto("/dashboards/")
    open_visits(commission)
    expect(commission.get_by_text("记录不含个人信息")).to_be_visible()
    expect(commission.get_by_text(name)).to_have_count(0)
    phone = visit("commission", "/dashboards/", phone=True)
    no_overflow(phone)
    phone.locator(".m-figure", has_text="门急诊人次").locator(".m-value").click()
    expect(phone.get_by_text("怎么算的")).to_be_visible()
    no_overflow(phone)


def fallen(made: Community) -> None:
    """A rate of the township that was steady for a year and fell in the newest month that is judged."""
    where = made.organizations["town"]
    with acting(SYSTEM):
        run = Run.objects.create(snapshot="s", at=clock.now())
        unit, _ = (
            Unit.objects.create(level=level, key=str(where.pk), title=where.name, county="431127", organization=where)
            for level in ("centre", "organization")
        )
        measure = Measure.objects.create(code=RATE, set="referral", title="上转接收及时率", edition="e", definition="d")
        last = judging.newest("month", 5)
        for back, value in enumerate([40, *STEADY]):
            place = {"measure": measure, "unit": unit, "type": "month", "period": before(last, back), "run": run}
            counts = {"numerator": value, "denominator": 100, "value": Decimal(value), "reported": 1, "expected": 1}
            Result.objects.create(**place, **counts)
    services.judge()
    forget()


def test_a_suggestion_is_taken_up_and_ended_by_its_owner(community: Community, visit: Visit) -> None:
    fallen(community)
    director = visit("town-director", "/dashboards/")
    director.get_by_role("link", name="低于控制下限").first.click()
    expect(director.get_by_text("界限怎么来的")).to_be_visible()
    expect(director.locator(".y-casestate-label")).to_have_text("待确认")
    director.get_by_role("link", name="确认并安排").click()
    dialog = director.locator("#dialog-body")
    dialog.locator("[name=action]").fill("查待接收的转诊积压在哪几天，由转诊办三天内补齐")
    dialog.locator("[name=planned_on]").fill(f"{clock.today() + timedelta(days=3)}")
    dialog.get_by_role("button", name="确认并安排").click()
    expect(director.locator(".y-casestate-label")).to_have_text("处理中")
    director.get_by_role("link", name="办完").click()
    dialog.locator("[name=outcome]").fill("两天停电，已补录，不再积压")
    dialog.get_by_role("button", name="办完").click()
    expect(director.locator(".y-casestate-label")).to_have_text("已处理")
    expect(director.get_by_text("两天停电，已补录，不再积压").first).to_be_visible()
    other = visit("foreign-office", "/")
    assert other.goto(director.url).status in (403, 404)  # type: ignore[union-attr]


def test_the_wall_turns_on_a_large_screen(counted: Community, visit: Visit) -> None:
    for width, height in ((1920, 1080), (3840, 2160)):
        page = visit("town-director", "/dashboards/wall/?slide=1", viewport={"width": width, "height": height})
        expect(page.locator(".w-slide:visible")).to_have_count(1)
        no_overflow(page)
        tall = page.evaluate("document.documentElement.scrollHeight - innerHeight")
        assert tall <= 0
        assert counted.residents["wang"].name not in page.content()
        page.context.close()
