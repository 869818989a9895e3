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

    monkeypatch.setitem(outbox._consumers, NEWS, {"works": lambda payload: got.append(payload["what"]), "fails": fails})
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
