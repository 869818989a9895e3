"""The evaluations of the demonstration are played through the services, once, by the worker."""

import evaluation_county as play
import pytest

from yigongti.insight.evaluation.models import Answer, Appeal, Evaluation
from yigongti.insight.simulator import evaluations
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import User


@pytest.mark.django_db
def test_one_quarter_is_published_and_the_next_waits_for_the_own_report(monkeypatch: pytest.MonkeyPatch) -> None:
    county = play.build()
    with acting(SYSTEM):
        for name, key in (("lishihui", "council"), ("weijianwei", "second"), ("fenyuan", "town-director")):
            User.objects.filter(pk=county.made.users[key].pk).update(username=name)
    done = evaluations.play("2026Q2", to_the_end=True)
    standing = evaluations.play(play.PERIOD, to_the_end=False)
    with acting(SYSTEM):
        assert Evaluation.objects.get(pk=done.pk).state == "published"
        assert Appeal.objects.get().outcome == "changed"
        states = Answer.objects.filter(evaluation=standing).values_list("home_organization__code", "state")
    assert dict(states) == {"T1": "reporting", "T2": "submitted", "T3": "submitted"}
