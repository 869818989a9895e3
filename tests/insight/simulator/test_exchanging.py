"""What comes in and goes out in the demonstration: deliveries, messages, extracts, objections."""

from collections import Counter
from pathlib import Path

import pytest

from yigongti.config import configuration
from yigongti.insight.simulator import demo, exchanging, generated
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.jobs.declaration import Silent
from yigongti.records.exchange.extracts.models import Extract
from yigongti.records.exchange.mllp.models import InboundMessage
from yigongti.records.exchange.models import Load
from yigongti.records.health_record.models import Observation
from yigongti.records.privacy.models import Objection
from yigongti.records.residents.models import Resident, SourceIdentity


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_what_comes_in_and_goes_out_is_played(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    keys = configuration().keys
    monkeypatch.setattr(configuration(), "key_file", keys)
    monkeypatch.setattr(configuration(), "home", tmp_path)
    monkeypatch.setattr(configuration(), "data_dir", None)
    monkeypatch.setattr(generated, "PERSONS", 80)
    demo.build()
    with acting(SYSTEM):
        residents = Resident.objects.count()
    exchanging.play(SYSTEM, Silent())
    with acting(SYSTEM):
        assert Resident.objects.count() == residents, "everybody is known"
        assert SourceIdentity.objects.filter(source_id="nanshi-lis", state="linked").exists()
        loads = list(Load.objects.filter(channel="api"))
        assert Counter(load.state for load in loads) == {"loaded": 11, "refused": 1}
        assert any(load.lines_rejected for load in loads)
        assert all(
            load.lines_read == load.lines_accepted + load.lines_duplicate + load.lines_rejected for load in loads
        )
        corrected = next(load for load in loads if load.corrects_id)
        assert corrected.lines_rejected == 0
        assert corrected.lines_accepted >= corrected.corrects.lines_rejected > 0
        assert Observation.objects.filter(source="county-lis", code="potassium").exists()
        assert Counter(InboundMessage.objects.values_list("code", flat=True)) == {"AA": 7, "AE": 1, "AR": 1}
        assert sorted(case.state for case in Extract.objects.all()) == ["downloaded", "prepared", "refused"]
        assert Objection.objects.exists()
