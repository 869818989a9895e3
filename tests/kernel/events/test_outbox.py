"""News is delivered at least once; a failing or a vanished consumer neither loses it nor holds up the others."""

import pytest

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.events import outbox
from yigongti.kernel.events.models import Outbox

NEWS = "SomethingForTests"


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the consumers of :data:`NEWS` got: one that works and one that fails."""
    got: list[str] = []

    def fails(payload: dict[str, str]) -> None:
        raise ValueError("broken")

    listening = {"works": lambda payload: got.append(payload["what"]), "fails": fails}
    monkeypatch.setitem(outbox._consumers, NEWS, {key: outbox.Consumer(who) for key, who in listening.items()})
    return got


@pytest.mark.django_db
def test_a_failing_consumer_alone_is_tried_again(heard: list[str]) -> None:
    with acting(SYSTEM):
        outbox.emit(NEWS, what="a")
        assert outbox.deliver() == 1
        assert heard == ["a"]
        waiting = Outbox.objects.get()
        assert (waiting.consumer, waiting.attempts) == ("fails", 1)
        assert outbox.deliver() == 0


@pytest.mark.django_db
def test_news_of_a_vanished_consumer_is_kept(heard: list[str]) -> None:
    with acting(SYSTEM):
        Outbox.objects.create(name=NEWS, payload={"what": "a"}, consumer="renamed", attempts=1)
        assert outbox.deliver() == 1
        kept = Outbox.objects.get()
        assert (kept.consumer, kept.attempts) == ("renamed", 2)
        assert "no such consumer" in kept.error
        assert heard == []


@pytest.mark.django_db
def test_a_batch_that_fails_is_taken_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []

    def together(payloads: list[dict[str, str]]) -> None:
        told = [payload["what"] for payload in payloads]
        outbox.emit("Heard", what="+".join(told))  # undone with the batch
        calls.append(told)
        if "b" in told:
            raise ValueError("broken")

    alone: list[str] = []
    listening = {
        "together": outbox.Consumer(together, batch=True),
        "alone": outbox.Consumer(lambda payload: alone.append(payload["what"])),
    }
    monkeypatch.setitem(outbox._consumers, NEWS, listening)
    with acting(SYSTEM):
        for what in "abc":
            outbox.emit(NEWS, what=what)
        assert outbox.deliver() == 3
        assert calls == [["a", "b", "c"], ["a"], ["b"], ["c"]]
        assert alone == ["a", "b", "c"]
        kept = Outbox.objects.get(name=NEWS)
        assert (kept.consumer, kept.payload, kept.attempts) == ("together", {"what": "b"}, 1)
        assert [row.payload["what"] for row in Outbox.objects.filter(name="Heard").order_by("id")] == ["a", "c"]
        outbox.emit(NEWS, what="d")
        outbox.emit(NEWS, what="e")
        outbox.deliver()
        assert calls[-1] == ["d", "e"]
