"""Long files are checked and imported in the background, once, whatever happens to the worker."""

import io
import time
from typing import Any

import jobs_of_tests
import pytest
from access_community import Community, build
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.jobs.models import Job
from yigongti.kernel.jobs.reviving import revive
from yigongti.kernel.jobs.running import run
from yigongti.kernel.notices.models import Notice
from yigongti.registry.sheets import services
from yigongti.registry.sheets.layout import layouts
from yigongti.registry.sheets.models import Load
from yigongti.registry.terminology.models import Concept
from yigongti.registry.terminology.services import define_system

LINES = 1000


def concepts(lines: int = LINES, wrong: int = 3) -> bytes:
    """A long file of concepts with a few lines that are refused."""
    rows = [f"icd-10,A{number:05},病{number}" for number in range(lines - wrong)]
    rows += [f"没有的,B{number},病" for number in range(wrong)]
    return "\n".join(["代码系统,代码,名称", *rows]).encode()


def sent(community: Community, content: bytes) -> Load:
    define_system(SYSTEM, code="icd-10", name="ICD-10")
    actor = community["data-office"]
    return services.receive(actor, layout=layouts()["concepts"], filename="术语.csv", content=content)


@pytest.fixture
def community(db: None) -> Community:
    return build()


@pytest.fixture
def client(community: Community) -> Client:
    made = Client()
    made.force_login(community.users["data-office"], backend="yigongti.kernel.access.backends.GrantedBackend")
    return made


def text(client: Client, url: str) -> str:
    answer: Any = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_short_file_is_answered_at_once(community: Community) -> None:
    load = sent(community, concepts(200))
    assert (load.state, load.job, load.counts["added"]) == ("checked", None, 197)
    assert services.begin(community["data-office"], load=load).state == "applied"


def test_a_long_file_is_checked_and_imported_step_by_step(community: Community, client: Client) -> None:
    define_system(SYSTEM, code="icd-10", name="ICD-10")
    file = SimpleUploadedFile("术语.csv", concepts())
    page = client.post(reverse("sheets:sheet", args=["concepts"]), {"file": file})["Location"]
    load = Load.objects.get()
    assert load.state == "received"
    assert load.job
    assert "排队中" in text(client, page)
    assert "导入 " not in text(client, page)
    assert "术语.csv" in text(client, reverse("sheets:loads"))
    client.post(page, {"decision": "discard"})
    assert Load.objects.get().state == "received"

    run(load.job.pk)
    load = Load.objects.get()
    assert load.counts == {"read": LINES, "added": LINES - 3, "changed": 0, "unchanged": 0, "rejected": 3}
    assert not Concept.objects.exists()
    assert f"导入 {LINES - 3} 行" in text(client, page)
    returned: Any = client.get(reverse("sheets:rejected", args=[load.pk]))
    lines = list(load_workbook(io.BytesIO(returned.content)).worksheets[0].iter_rows(values_only=True))
    assert lines[0][-1] == "退回原因"
    assert len(lines) == 4

    client.post(page, {"decision": "apply"})
    client.post(page, {"decision": "apply"})
    assert Job.objects.filter(kind="sheets.apply").count() == 1
    run(Job.objects.get(kind="sheets.apply").pk)
    assert Load.objects.get().state == "applied"
    assert Concept.objects.count() == LINES - 3
    with acting(SYSTEM):
        titles = Notice.objects.order_by("id").values_list("title", "link")
        assert list(titles) == [("预检 术语.csv：已完成", page), ("导入 术语.csv：已完成", page)]
    assert "已导入" in text(client, page)


def test_a_long_file_without_the_columns_is_told_at_once(community: Community, client: Client) -> None:
    content = "\n".join(["代码系统,名称", *["icd-10,病"] * 300]).encode()
    answer: Any = client.post(
        reverse("sheets:sheet", args=["concepts"]), {"file": SimpleUploadedFile("短.csv", content)}
    )
    assert answer.status_code == 422
    assert "缺少列：代码" in answer.content.decode()
    assert not Load.objects.exists()


def test_what_cannot_be_checked_says_why_and_can_be_given_up(community: Community, client: Client) -> None:
    load = sent(community, concepts(100_001))
    assert load.job
    run(load.job.pk)
    assert "超过 100,000 行" in text(client, load.get_absolute_url())
    client.post(load.get_absolute_url(), {"decision": "discard"})
    assert Load.objects.get().state == "discarded"


def test_what_changed_since_the_check_is_told_and_nothing_is_imported(community: Community, client: Client) -> None:
    load = sent(community, concepts())
    assert load.job
    run(load.job.pk)
    services.apply(SYSTEM, load=services.check(SYSTEM, layout=layouts()["concepts"], filename="b.csv",
                                               content="代码系统,代码,名称\nicd-10,A00001,别的".encode()))  # fmt: skip
    load = services.begin(community["data-office"], load=Load.objects.get(pk=load.pk))
    assert load.job
    run(load.job.pk)
    assert Load.objects.get(pk=load.pk).state == "checked"
    assert "与预检不同" in text(client, load.get_absolute_url())
    assert Concept.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_import_whose_worker_is_killed_happens_once() -> None:
    community = build()
    load = sent(community, concepts(20_000, 0))
    assert load.job
    run(load.job.pk)
    load = services.begin(community["data-office"], load=Load.objects.get(pk=load.pk))
    assert load.job
    worker = jobs_of_tests.runner(load.job.pk)
    deadline = time.monotonic() + 30
    while Job.objects.filter(pk=load.job.pk, state="waiting").exists() or not _seen(load.job.pk).stage:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    worker.kill()
    worker.wait()
    assert not Concept.objects.exists()
    while _seen(load.job.pk).state == "running":
        revive()
        assert time.monotonic() < deadline
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE args->>'job' = %s", [str(load.job.pk)])
        assert cursor.fetchone()[0] >= 1
    run(load.job.pk)
    run(load.job.pk)
    assert (Concept.objects.count(), _seen(load.job.pk).attempts) == (20_000, 2)
    assert Load.objects.get(pk=load.pk).state == "applied"


def _seen(key: object) -> Job:
    with acting(SYSTEM):
        return Job.objects.get(pk=key)
