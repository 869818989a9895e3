"""What comes in and goes out in the demonstration, played once by the worker: it needs committed residents and time."""

from yigongti.config import configuration
from yigongti.insight.results.jobs import REFRESH
from yigongti.insight.simulator import deliveries, requests
from yigongti.insight.warehouse.reading import shelf
from yigongti.insight.warehouse.syncing import sync
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import Grant, User
from yigongti.kernel.jobs.declaration import Outcome, Work, job
from yigongti.kernel.jobs.models import Job
from yigongti.kernel.jobs.pulse import pulse
from yigongti.kernel.jobs.services import start
from yigongti.records.exchange.models import Load
from yigongti.registry.organizations.models import Organization

KIND, NUMBERS = "simulator.exchange", "simulator.numbers"
HOSPITAL, BRANCH = "xinxike", "fenyuan"


@pulse(every=20)
def begin() -> None:
    """Once, in the demonstration, as soon as the first computation is over: people wait for that first."""
    if configuration().mode != "demo":
        return
    with acting(SYSTEM):
        ready = User.objects.filter(username=requests.RESIDENT).exists()
        computed = Job.objects.filter(kind=REFRESH).exclude(state__in=Job.OPEN).exists()
        if ready and computed and not Load.objects.exists() and not Job.objects.filter(kind=KIND).exists():
            start(SYSTEM, KIND, title="演练数据交换", subject="exchange", link="/exchange/loads/")


@job(KIND, title="演练数据交换")
def play(actor: Actor, work: Work) -> Outcome:
    """Files, messages, extracts, objections."""
    with acting(SYSTEM):
        hospital, branch = home(HOSPITAL), home(BRANCH)
    work.advance(0, 4, "接收文件")
    loads = deliveries.deliver(hospital, branch)
    work.advance(1, 4, "接收 HL7 消息")
    messages = deliveries.messages(hospital)
    work.advance(2, 4, "去标识化数据")
    extracts = requests.extracts(hospital)
    work.advance(3, 4, "档案异议")
    objections = requests.objections()
    start(SYSTEM, NUMBERS, title="读入演练的数据", subject="exchange", link="/indicators/")
    return Outcome(
        f"接收 {loads} 次，消息 {messages} 条，去标识化数据 {len(extracts)} 件，档案异议 {len(objections)} 件"
    )


@job(NUMBERS, title="读入演练的数据", whole=False)
def bring_up_to_date(actor: Actor, work: Work) -> Outcome:
    """What was played in former months lies before what the warehouse has read: it reads all again."""
    done = sync(shelf(), rebuild=True, tell=lambda fact, at, of: work.advance(at, of, f"读入{fact}"))
    start(SYSTEM, REFRESH, subject="refresh", link="/indicators/")
    return Outcome(f"读入 {sum(done.read.values()):,} 行")


def home(username: str) -> Organization:
    """Where somebody of the demonstration works."""
    granted = Grant.objects.filter(user__username=username).select_related("organization").order_by("pk").first()
    assert granted is not None
    return granted.organization
