"""Long work happens once, as the person who asked, tells how far it is, and survives whatever happens to the worker."""

import time
from collections.abc import Callable
from datetime import timedelta

import jobs_of_tests
import pytest
from access_community import Community, build
from django.db import connection
from django.test import Client
from django.urls import reverse

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.errors import Conflict, NotFound
from yigongti.kernel.jobs import services
from yigongti.kernel.jobs.models import Job
from yigongti.kernel.jobs.progress import Beside
from yigongti.kernel.jobs.reviving import revive
from yigongti.kernel.jobs.running import ATTEMPTS, run
from yigongti.kernel.notices.models import Notice

real = pytest.mark.django_db(transaction=True)


@pytest.fixture
def community(db: None) -> Community:
    return build()


def ask(community: Community, kind: str = "test.count", who: str = "data-office", **details: object) -> Job:
    details = ({"to": 3} if kind == "test.count" else {}) | details
    return services.start(community[who], kind, **details)


def now(job: Job) -> Job:
    with acting(SYSTEM):
        return Job.objects.get(pk=job.pk)


def notices(community: Community, who: str = "data-office") -> list[str]:
    with acting(SYSTEM):
        return list(Notice.objects.filter(user=community.users[who]).order_by("id").values_list("title", flat=True))


def queued() -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, args->>'job' FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")
        return cursor.fetchall()


def eventually(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_is_asked_for_is_queued_with_the_command_and_ends_with_a_notice(community: Community) -> None:
    job = ask(community, title="数到三", link="/imports/")
    assert queued() == [(job.queued, str(job.pk))]
    run(job.pk)
    job = now(job)
    assert (job.state, job.summary, job.result, job.attempts) == ("done", "数到 3", {"to": 3}, 1)
    assert (bytes(job.file or b""), job.filename, job.user) == (b"1,2,3", "数.csv", community.users["data-office"])
    assert notices(community) == ["效果", "数到三：已完成"]
    with acting(SYSTEM):
        assert Notice.objects.get(title="数到三：已完成").link == "/imports/"
    run(job.pk)
    assert notices(community) == ["效果", "数到三：已完成"]


def test_a_refusal_ends_it_with_its_words_and_without_its_effect(community: Community) -> None:
    job = ask(community, "test.refuse")
    run(job.pk)
    job = now(job)
    assert (job.state, job.error, job.hint) == ("failed", "数据有变化", "请重来")
    assert notices(community) == ["不行：未完成"]


def test_a_bug_ends_it_without_inner_words(community: Community, caplog: pytest.LogCaptureFixture) -> None:
    job = ask(community, "test.break")
    run(job.pk)
    assert (now(job).state, now(job).error) == ("failed", "程序出错，没有做完")
    assert "ZeroDivisionError" in caplog.text


def test_one_at_a_time_about_one_subject(community: Community) -> None:
    job = ask(community, subject="x")
    assert ask(community, subject="x").pk == job.pk
    assert len(queued()) == 1
    with pytest.raises(Conflict, match="正由别人处理"):
        ask(community, who="office", subject="x")
    run(job.pk)
    assert ask(community, subject="x").pk != job.pk


def test_nobody_sees_the_work_of_others(community: Community) -> None:
    job = ask(community)
    with acting(community["office"]):
        assert not Job.objects.exists()
        with pytest.raises(NotFound):
            services.access_job(community["office"], job.pk)
    with acting(community["data-office"]):
        assert services.access_job(community["data-office"], job.pk) == job


def test_who_lost_the_account_loses_the_work(community: Community) -> None:
    job = ask(community)
    with acting(SYSTEM):
        community.users["data-office"].is_active = False
        community.users["data-office"].save()
    run(job.pk)
    assert (now(job).state, now(job).error) == ("failed", "经办账号已停用")


def test_what_waits_is_stopped_at_once(community: Community) -> None:
    job = services.stop(community["data-office"], job=ask(community))
    assert job.state == "stopped"
    run(job.pk)
    assert notices(community) == []


def test_a_worker_that_dies_every_time_does_not_die_for_ever(community: Community) -> None:
    job = ask(community)
    with acting(SYSTEM):
        Job.objects.filter(pk=job.pk).update(attempts=ATTEMPTS)
    run(job.pk)
    assert now(job).state == "failed"
    assert "中断了" in now(job).error


def test_pages_and_api_show_the_same(community: Community) -> None:
    job = ask(community)
    client = Client()
    client.force_login(community.users["data-office"], backend="yigongti.kernel.access.backends.GrantedBackend")
    page = client.get(job.get_absolute_url()).content.decode()
    assert "排队中" in page
    assert reverse("jobs:progress", args=[job.pk]) in page
    assert "HX-Refresh" not in client.get(reverse("jobs:progress", args=[job.pk]))
    assert client.get(f"/api/jobs/{job.pk}").json()["state"] == "waiting"
    run(job.pk)
    assert client.get(reverse("jobs:progress", args=[job.pk]))["HX-Refresh"] == "true"
    assert "数到 3" in client.get(job.get_absolute_url()).content.decode()
    assert client.get(reverse("jobs:file", args=[job.pk])).content == b"1,2,3"
    assert client.get(f"/api/jobs/{job.pk}").json()["result"] == {"to": 3}
    assert [one["id"] for one in client.get("/api/jobs").json()] == [str(job.pk)]
    assert client.get(f"/api/jobs/{job.pk}/file").content == b"1,2,3"
    assert "数到 3" in client.get(reverse("jobs:list")).content.decode()
    other = Client()
    other.force_login(community.users["office"], backend="yigongti.kernel.access.backends.GrantedBackend")
    for url in (job.get_absolute_url(), reverse("jobs:file", args=[job.pk]), f"/api/jobs/{job.pk}"):
        assert other.get(url).status_code == 404


@real
def test_a_killed_worker_leaves_no_trace_and_the_work_is_done_once() -> None:
    community = build()
    job = ask(community, to=200, slow=0.02)
    first = jobs_of_tests.runner(job.pk)
    eventually(lambda: now(job).done > 10)
    assert (now(job).state, now(job).total, now(job).stage) == ("running", 200, "数")
    revive()
    assert now(job).state == "running"
    first.kill()
    first.wait()
    assert notices(community) == []

    def revived() -> bool:
        revive()
        return now(job).state == "waiting"

    eventually(revived)
    assert str(job.pk) == queued()[-1][1]
    with acting(SYSTEM):
        Job.objects.filter(pk=job.pk).update(arguments={"to": 5})
    run(job.pk)
    assert (now(job).state, now(job).attempts) == ("done", 2)
    assert notices(community) == ["效果", "数数：已完成"]


@real
def test_work_is_stopped_on_the_way_and_takes_everything_back() -> None:
    community = build()
    job = ask(community, to=2000, slow=0.02)
    process = jobs_of_tests.runner(job.pk)
    eventually(lambda: now(job).done > 10)
    services.stop(community["data-office"], job=job)
    assert process.wait(30) == 0
    assert now(job).state == "stopped"
    assert notices(community) == ["数数：已取消"]


@real
def test_two_runners_do_it_once() -> None:
    community = build()
    job = ask(community, to=20, slow=0.02)
    processes = [jobs_of_tests.runner(job.pk) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert (now(job).state, now(job).attempts) == ("done", 1)
    assert notices(community) == ["效果", "数数：已完成"]


@real
def test_what_was_taken_from_the_queue_and_never_begun_is_begun_again() -> None:
    community = build()
    job = ask(community)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [job.queued])
    revive()
    assert queued() == []
    with clock.travelling(clock.now() + timedelta(minutes=1)):
        revive()
        assert [key for _, key in queued()] == [str(job.pk)]
        with Beside(job.pk) as beside:
            assert beside.mine
            revive()
        assert len(queued()) == 1
