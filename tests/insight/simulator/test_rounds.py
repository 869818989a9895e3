"""The targets of the demonstration go through the services: one quarter's hold, the next one's are asked about."""

from datetime import timedelta

import evaluation_county as play
import pytest

from yigongti.insight.evaluation.targets import services
from yigongti.insight.evaluation.targets.models import Target, TargetRemark
from yigongti.insight.simulator import rounds
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import User


@pytest.mark.django_db
def test_one_quarter_is_agreed_and_the_next_waits_for_one_answer() -> None:
    county = play.build()
    with acting(SYSTEM):
        for name, key in (("lishihui", "council"), ("weijianwei", "second"), ("fenyuan", "town-director")):
            User.objects.filter(pk=county.made.users[key].pk).update(username=name)
    began = clock.now() - timedelta(days=60)
    done = rounds.play(play.PERIOD, to_the_end=True, began=began)
    asked = rounds.play("2026Q4", to_the_end=False, began=clock.now() - timedelta(days=7))
    with acting(SYSTEM):
        done.refresh_from_db()
        asked.refresh_from_db()
        items = list(Target.objects.filter(plan=done).values_list("item", "proposed", "decided"))
        answered = TargetRemark.objects.filter(plan=asked, round=2).values_list("organization__code", flat=True)
    assert (done.state, asked.state) == ("decided", "second")
    assert sorted(answered) == ["T2", "T3"]
    assert services.owed_rounds(county["town-director"]).get() == asked
    for item, total in done.totals.items():
        assert sum(decided for name, _, decided in items if name == item) == total
    assert sum(proposed != decided for _, proposed, decided in items) == 4
