"""Files as bad programs and bad people make them, through the doors: every line is counted, nothing answers 5xx.

``YIGONGTI_MUTATED=10000`` repeats it for ten thousand (docs/interfaces.md).
"""

import io
import json
import zipfile
from pathlib import Path

import pytest
from doors_people import LOADS, System, told
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from records_community import Community, make_community
from rounds import Round, named, rounds

from yigongti.config import configuration
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.records.exchange.models import Load
from yigongti.records.exchange.services import work_off
from yigongti.records.residents.models import SourceSystem

PATIENT = {"source_key": "p1", "name": "王秀英", "sex": "2", "birth_date": "1958-03-12", "phone": "13800138000"}
VISIT = {"source_key": "v1", "patient_key": "p1", "kind": "outpatient", "started_at": "2026-03-01 09:00"}
RESOURCES = [
    {"resourceType": "Patient", "id": "a", "name": [{"text": "王秀英"}], "gender": "female", "birthDate": "1958-03-12"},
    {
        "resourceType": "Condition",
        "id": "c",
        "subject": {"reference": "Patient/a"},
        "code": {"text": "高血压", "coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10"}]},
    },
]
ODD = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "NULL", "\x00", "\ufeff", "=1+1", "1e999", "2026-02-30", '"', ",", "\n", "𠮷\u202e", "9" * 400]
    ),
    st.integers(-(10**20), 10**20).map(str),
    st.dates().map(str),
)
BYTES = st.tuples(st.integers(0, 4000), st.sampled_from(["cut", "drop", "put", "twice"]), st.binary(max_size=8))


def rows(base: dict[str, str]) -> st.SearchStrategy[list[dict[str, str]]]:
    """Rows like a good one, with odd values and columns left out."""
    one = st.fixed_dictionaries({name: st.one_of(st.just(value), ODD) for name, value in base.items()})
    return st.lists(one, max_size=6)


def as_csv(lines: list[dict[str, str]], base: dict[str, str]) -> bytes:
    """Without any quoting, as programs write it."""
    text = "\n".join([",".join(base), *(",".join(line.values()) for line in lines), ""])
    return text.encode("utf-8", errors="replace")


def as_xlsx(lines: list[dict[str, str]], base: dict[str, str]) -> bytes:
    """A spreadsheet; what openpyxl cannot hold is left out."""
    book = Workbook()
    book.active.append(list(base))
    for line in lines:
        book.active.append(["".join(c for c in value if c.isprintable())[:500] for value in line.values()])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def as_ndjson(lines: list[dict[str, str]], base: dict[str, str]) -> bytes:
    """FHIR resources with odd values in the place of good ones."""
    made = []
    for place, line in enumerate(lines):
        resource = json.loads(json.dumps(RESOURCES[place % 2]))
        resource |= dict(zip(["id", "gender", "birthDate", "subject"], line.values(), strict=False))
        made.append(json.dumps(resource, ensure_ascii=place % 2 == 0))
    return "\n".join(made).encode("utf-8", errors="replace")


def zipped(name: str, content: bytes) -> bytes:
    """As an archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


KINDS = {
    "patient.csv": ("interchange", PATIENT, as_csv),
    "encounter.csv": ("interchange", VISIT, as_csv),
    "patient.xlsx": ("interchange", PATIENT, as_xlsx),
    "data.ndjson": ("fhir-r4", PATIENT, as_ndjson),
}


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[str, str, bytes]:
    """Mapping, file name, content."""
    name = draw(st.sampled_from(sorted(KINDS)))
    mapping, base, write = KINDS[name]
    content = bytearray(write(draw(rows(base)), base))
    for at, how, other in draw(st.lists(BYTES, max_size=3)):
        place = at % (len(content) + 1)
        if how == "cut":
            del content[place:]
        elif how == "drop":
            del content[place : place + len(other)]
        elif how == "put":
            content[place:place] = other
        else:
            content += content[place:]
    if draw(st.integers(0, 5)) == 0:
        return mapping, f"{name}.zip", zipped(name, bytes(content))
    return mapping, name, bytes(content)


@pytest.mark.slow
@pytest.mark.parametrize("one", rounds(usual=25, size=250), ids=named)
def test_whatever_file_comes_every_line_is_counted(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one: Round
) -> None:
    """read = accepted + duplicate + rejected, or refused as a whole with a reason; a refusal at the door is a 4xx."""
    community: Community = make_community()
    monkeypatch.setattr(configuration(), "key_file", configuration().keys)
    monkeypatch.setattr(configuration(), "home", tmp_path)
    with acting(SYSTEM):
        SourceSystem.objects.create(code="his", title="HIS", organization=community.hospital)
    system = System(community)
    sent = {"files": 0, "loads": 0, "refused": 0, "lines": 0}

    @seed(20260301 + one.number)
    @settings(max_examples=one.examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(delivery=deliveries())
    def send(delivery: tuple[str, str, bytes]) -> None:
        mapping, name, content = delivery
        sent["files"] += 1
        answer = system.send(content, f"mapping={mapping}&source=his&filename={name}")
        assert answer.status_code in (200, 202, 413, 422), answer.content
        if answer.status_code == 202:
            with acting(SYSTEM):
                load = Load.objects.get(pk=told(answer)["id"])
            counted(system, work_off(SYSTEM, load_id=load.pk), sent)

    send()
    assert sent["loads"] * 5 > sent["files"]
    print(sent)


def counted(system: System, load: Load, sent: dict[str, int]) -> None:
    """Every line of a load is told of, and its report opens."""
    sent["loads"] += 1
    assert load.state in ("loaded", "refused")
    assert load.lines_read == load.lines_accepted + load.lines_duplicate + load.lines_rejected
    sent["lines"] += load.lines_read
    if load.state == "refused":
        sent["refused"] += 1
        assert load.reason
        assert load.hint
    for address in ("", "/rejected", "/rejected/file", "/rejected/file?format=xlsx"):
        assert system.client.get(f"{LOADS}/{load.pk}{address}").status_code == 200
