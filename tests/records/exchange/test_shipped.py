"""The mappings that are shipped, each with a little of what it reads."""

import zipfile
from pathlib import Path

import pytest

from yigongti.config import configuration
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.policy.store import folder
from yigongti.records.exchange import layout
from yigongti.records.exchange.services import receive
from yigongti.records.health_record.models import Condition, Encounter, Observation
from yigongti.records.health_record.targets import TARGETS

OMOP = {
    "PERSON": "person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth\n1,8507,1998,4,9\n2,8532,1950,,\n",
    "DEATH": "person_id,death_date\n2,2019-05-28\n",
    "VISIT_OCCURRENCE": "visit_occurrence_id,person_id,visit_concept_id,visit_start_date\n9,1,9203,2020-12-27\n",
    "CONCEPT": "concept_id,concept_name,vocabulary_id,concept_code\n372328,Otitis media,SNOMED,65363002\n"
    "3025315,Body weight,LOINC,29463-7\n",
    "CONDITION_OCCURRENCE": "condition_occurrence_id,person_id,condition_concept_id,condition_start_date,"
    "visit_occurrence_id\n1,1,372328,2020-12-27,9\n",
    "MEASUREMENT": "measurement_id,person_id,measurement_concept_id,measurement_date,value_as_number,"
    "unit_source_value\n"
    "1,1,3025315,2020-12-27,48.1,kg\n2,1,3025315,2020-12-27,4810,kg\n3,8,3025315,2020-12-27,50,kg\n",
}


def test_the_interchange_layout_is_the_targets() -> None:
    assert (folder() / "exchange/interchange.yaml").read_text("utf-8") == layout.mapping()


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_has_a_template(name: str) -> None:
    assert layout.template_csv(name).startswith("source_key,")
    assert layout.template_xlsx(name)[:2] == b"PK"


@pytest.mark.django_db
def test_omop_files_are_read_with_their_codes(tmp_path: Path) -> None:
    for name, text in OMOP.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    load = receive(SYSTEM, source="", mapping="omop-5.4", files=[tmp_path])
    assert load.state == "loaded", load.reason
    measured = load.report["reads"]["measurement"]
    assert (measured["read"], measured["accepted"], measured["rejected"]) == (3, 1, 2)
    assert {reason["rule"] for reason in load.report["reasons"]} == {"range", "reference"}
    with acting(SYSTEM):
        condition = Condition.objects.get(source="omop")
        assert (condition.code_system, condition.code, condition.name) == ("snomed", "65363002", "Otitis media")
        assert condition.encounter == Encounter.objects.get(source="omop", kind="emergency")
        weight = Observation.objects.get(source="omop")
        assert (weight.code, weight.local_code, weight.unit) == ("weight", "3025315", "kg")


@pytest.mark.django_db
def test_a_folder_with_an_archive_and_a_note_twice(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "omop.zip", "w") as archive:
        for name, text in {**OMOP, "COST": "cost_id\n1\n", "__MACOSX/._PERSON": "x"}.items():
            archive.writestr(f"{name}.csv", text)
        archive.writestr("more.zip", b"PK")
        archive.writestr("broken.csv.gz", b"no gz")
    (tmp_path / "SOURCE.txt").write_text("where it comes from")
    load = receive(SYSTEM, source="", mapping="omop-5.4", files=[tmp_path])
    assert load.state == "loaded", load.reason
    unread = {one["file"]: (one["rows"], one["reason"]) for one in load.report["unread"]}
    packed = {"COST.csv", "__MACOSX/._PERSON.csv", "more.zip", "broken.csv.gz"}
    assert set(unread) == {"SOURCE.txt", *(f"omop.zip/{name}" for name in packed)}
    assert unread["omop.zip/COST.csv"] == (None, "映射没有读取这个文件的条目")
    assert (load.report["reads"]["concept"]["reference"], load.report["reads"]["death"]["reference"]) == (2, 1)
    assert load.lines_reference == 3
    again = receive(SYSTEM, source="", mapping="omop-5.4", files=[tmp_path])
    assert (again.lines_accepted, again.lines_duplicate, again.lines_reference) == (0, load.lines_accepted, 3)


@pytest.mark.django_db
def test_a_folder_in_which_nothing_fits_says_what_there_was(tmp_path: Path) -> None:
    for name in ("SOURCE.txt", "README.md"):
        (tmp_path / name).write_text("words")
    load = receive(SYSTEM, source="", mapping="omop-5.4", files=[tmp_path])
    assert (load.state, load.reason) == ("refused", "2 个文件都不属于这个映射")
    assert "README.md、SOURCE.txt" in load.hint


@pytest.mark.slow
@pytest.mark.django_db
def test_the_whole_omop_set_is_read() -> None:
    data = configuration().data_dir
    archive = data / "synthea27nj" if data else None
    if archive is None or not archive.exists():
        pytest.skip("the data set is not on this machine")
    load = receive(SYSTEM, source="", mapping="omop-5.4", files=[archive])
    assert load.state == "loaded", load.reason
    total = load.report["total"]
    assert total["read"] == sum(total[word] for word in ("accepted", "duplicate", "rejected", "reference"))
    assert load.report["targets"]["observation"]["new"] > 17_000, load.report["reasons"]
