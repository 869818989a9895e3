"""An evaluation from the opening to the correction over REST alone, and its fact in the warehouse."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import evaluation_county as play
import pyarrow.parquet as pq
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from yigongti.insight.evaluation.models import Evaluation, Score
from yigongti.insight.warehouse import reading
from yigongti.insight.warehouse.shelf import Shelf
from yigongti.insight.warehouse.syncing import sync
from yigongti.insight.warehouse.verifying import verify
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def county() -> Iterator[play.County]:
    """The county."""
    return play.build()


class Caller:
    """Somebody who calls the API."""

    def __init__(self, county: play.County, name: str) -> None:
        self.client = Client()
        self.client.force_login(county.made.users[name], backend="yigongti.kernel.access.backends.GrantedBackend")

    def get(self, path: str, status: int = 200) -> Any:
        """The answer."""
        answer = self.client.get(f"/api/{path}")
        assert answer.status_code == status, answer.content.decode()
        return answer.json()

    def post(self, path: str, data: Any = None, status: int = 200, **headers: str) -> Any:
        """The answer."""
        answer = self.client.post(f"/api/{path}", data or {}, "application/json", headers=headers)
        assert answer.status_code == status, answer.content.decode()
        return answer.json()


def test_an_evaluation_over_the_api_alone(county: play.County) -> None:
    council, second = Caller(county, "council"), Caller(county, "second")
    directors = {town: Caller(county, f"{town}-director") for town in play.TOWNS}
    asked = {"policy": play.POLICY, "period": play.PERIOD, "consortium": county.consortium.pk}
    directors["town"].post("evaluation/evaluations", asked, 403)
    key = {"Idempotency-Key": str(uuid4())}
    case = council.post("evaluation/evaluations", asked, 201, **key)
    assert council.post("evaluation/evaluations", asked, 409)["title"]
    answers = {place["title"].removeprefix("测试"): place["id"] for place in case["places"]}
    base = f"evaluations/{case['id']}"
    directors["town"].get(f"evaluation/evaluations/{case['id']}", 404)
    told = [{"answer": answers[town], "area": "东片"} for town in ("town", "town3")]
    assert council.post(f"{base}/group", {"areas": told})["version"] == 2
    council.post(f"{base}/start", {}, 409, **{"If-Match": '"1"'})
    started = council.post(f"{base}/start", {}, **{"If-Match": '"2"'})
    assert started["state"] == "reporting"
    for town, caller in directors.items():
        one = f"evaluation-answers/{answers[town]}"
        seen = caller.get(f"evaluation/answers/{answers[town]}")
        assert (seen["total"], seen["scores"][0]["points"]) == (None, None)
        values = [{"item": s["item"], "value": 80} for s in seen["scores"] if s["kind"] == "judged"]
        caller.post(f"{one}/fill", {"values": values})
        council.post(f"{one}/submit", {}, 403)
        caller.post(f"{one}/submit", {"statement": "已核对"})
    council.post(f"{base}/end_reports")
    marks = [
        {"answer": answers[t], "item": item, "value": 101, "note": "查阅"} for t in answers for item in play.JUDGED
    ]
    assert "0 到 100" in str(council.post(f"{base}/judge", {"marks": marks}, 422))
    council.post(f"{base}/judge", {"marks": [mark | {"value": 90} for mark in marks]})
    late = {"answer": answers["town2"], "adjustment": "late", "points": 1, "reason": "逾期一天"}
    council.post(f"{base}/adjust", late)
    change = council.get(f"evaluation/answers/{answers['town2']}")["changes"][0]
    assert (change["points"], change["revoked"]) == ("-1.00", False)
    council.post(f"{base}/revoke", {"change": change["id"], "note": "算错了"})
    council.post(f"{base}/circulate")
    places = directors["town2"].get(f"evaluation/evaluations/{case['id']}")["places"]
    assert [(one["rank"], one["peers"]) for one in places] == [(1, 3), (2, 3), (3, 3)]
    directors["town"].post(f"evaluation-answers/{answers['town']}/remark", {"text": "请说明口径"})
    remark = council.get(f"evaluation/answers/{answers['town']}")["remarks"][0]
    council.post(f"evaluation-answers/{answers['town']}/reply", {"remark": remark["id"], "text": "见方案"})
    for town, caller in directors.items():
        caller.post(f"evaluation-answers/{answers[town]}/agree")
    council.post(f"{base}/open_appeals")
    directors["town3"].post(
        f"evaluation-answers/{answers['town3']}/appeal", {"item": "signed", "wanted": 40, "reason": "漏两个村"}
    )
    for town, caller in directors.items():
        caller.post(f"evaluation-answers/{answers[town]}/finish")
    appeal = council.get(f"evaluation/answers/{answers['town3']}")["appeals"][0]
    ruling = {"appeal": appeal["id"], "outcome": "changed", "value": 30, "reason": "核对属实"}
    council.post(f"evaluation-answers/{answers['town3']}/rule", ruling)
    council.post(f"{base}/end_appeals")
    council.post(f"{base}/decide", {"conclusion": "总体良好。", "pool": "90000"})
    assert directors["town"].get(f"evaluation/evaluations/{case['id']}")["pool"] is None
    council.post(f"{base}/publish", {}, 403)
    assert second.post(f"{base}/publish")["state"] == "published"
    found = directors["town"].get(f"evaluation/evaluations/{case['id']}")
    assert (found["pool"], sum(one["award"] for one in found["places"])) == (9_000_000, 9_000_000)
    new = council.post(f"evaluation/evaluations/{case['id']}/correction", {"note": "补报了签约"}, 201)
    assert (new["edition"], new["corrects"], new["state"]) == (2, case["id"], "judging")


def test_reading_takes_few_statements(county: play.County) -> None:
    case = play.published(county, play.opened(county))
    caller = Caller(county, "town-director")
    own = play.answer(case, county, "town")
    for path in (
        f"evaluation/evaluations/{case.pk}",
        f"evaluation/answers/{own.pk}",
        "evaluations",
        "evaluation-answers",
    ):
        caller.get(path)
        with CaptureQueriesContext(connection) as told:
            caller.get(path)
        asked = [q["sql"] for q in told if "SAVEPOINT" not in q["sql"] and "set_config" not in q["sql"]]
        assert len(asked) <= 8, (path, asked)


@pytest.mark.django_db(transaction=True)
def test_published_scores_are_a_fact_of_the_warehouse(tmp_path: Path) -> None:
    county = play.build()
    shelf = Shelf(tmp_path / "warehouse")
    open_one = play.opened(county, period="2026Q2")
    case = play.published(county, play.opened(county))
    sync(shelf, ["evaluation_score"])
    rows = _facts(shelf)
    with acting(SYSTEM):
        stored = {one.pk: one for one in Score.objects.filter(answer__evaluation=case).select_related("answer")}
        assert Evaluation.objects.filter(pk=open_one.pk, state="preparing").exists()
    assert rows.keys() == stored.keys()
    for key, one in stored.items():
        row = rows[key]
        for name in ("computed", "value", "percent", "weight", "points"):
            assert row[name] == getattr(one, name), (name, one)
        assert (row["item"], row["basis"], row["unit"]) == (one.item, one.basis, one.answer.unit)
        assert (row["total"], row["grade"], row["rank"], row["peers"]) == (
            *(one.answer.total, one.answer.grade, one.answer.rank, one.answer.peers),
        )
    assert list(verify(shelf, reading.standing(shelf), ["evaluation_score"])) == []


def _facts(shelf: Shelf) -> dict[int, dict[str, Any]]:
    """The rows of the fact in the warehouse, by key."""
    pieces = reading.standing(shelf).facts["evaluation_score"].pieces.values()
    rows = [row for piece in pieces for row in pq.read_table(shelf.path(piece)).to_pylist()]
    return {row["score_id"]: row for row in rows}
