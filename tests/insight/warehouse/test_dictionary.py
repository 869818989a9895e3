"""The data dictionary holds derived facts too, says which indicators use a column, and travels inside the files."""

import json
from pathlib import Path

import duckdb
import pytest
from care_community import Community, build, person
from django.test import Client
from typer.testing import CliRunner

from yigongti.cli.warehouse import app
from yigongti.insight.indicators.sets import in_force
from yigongti.insight.indicators.using import uses
from yigongti.insight.warehouse.comments import comments, written
from yigongti.insight.warehouse.derived import steps
from yigongti.insight.warehouse.pulling import put
from yigongti.insight.warehouse.shelf import Shelf
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.facts import entries
from yigongti.kernel.facts.dictionary import markdown
from yigongti.kernel.policy.store import Store, folder


def shelved(shelf: Shelf, folder: Path) -> Path:
    """A fact of two rows on the shelf."""
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE rows AS SELECT 7::BIGINT AS organization_id, NULL::DATE AS _month")
        [(_, piece)] = put(connection, "rows", "organization", ["organization_id"], "organization_id", shelf, folder)
    return shelf.path(piece)


def shipped() -> list[entries.Use]:
    """What the shipped indicators read."""
    return list(uses(in_force(Store(folder()))))


def test_every_derived_fact_stands_beside_the_declared_ones() -> None:
    known = entries.entries()
    assert set(steps()) < set(known)
    month = known["resident_month"]
    assert month.derived
    assert month.reads["encounter"] == "当月及此前 12 个月"
    assert month.reads["resident"] == "全部"
    assert "ASOF LEFT JOIN contact" in month.readable
    text = markdown(known.values())
    assert "由 `insight.warehouse.derived.resident_month` 从 `resident`（全部）" in text
    assert "```sql\nWITH living AS (" in text


def test_an_indicator_names_the_columns_that_it_reads() -> None:
    used = {use.code: use for use in shipped() if use.fact == "org_month"}
    beds = used["services/bed-use"]
    assert {"occupied_days", "bed_days", "organization_id", "month"} <= beds.columns
    assert beds.url == "/policies/indicators/services/#bed-use"


def test_every_column_that_an_indicator_reads_is_in_the_dictionary() -> None:
    known = entries.entries()
    for use in shipped():
        names = {column.name for column in known[use.fact].columns}
        assert use.columns <= names, (use.code, use.columns - names)


def test_a_file_says_what_it_holds_and_is_named_by_its_rows(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    path = shelved(shelf, tmp_path)
    told = written(path)
    assert told == comments("organization")
    assert told["yigongti.title"] == "机构"
    assert told["yigongti.source"] == "registry.organizations"
    column = json.loads(told["yigongti.column.beds"])
    assert column == {"title": "编制床位", "type": "int", "unit": "张", "meaning": "", "personal": False}
    with duckdb.connect() as connection:
        sql = f"SELECT decode(value) FROM parquet_kv_metadata('{path}') WHERE decode(key) = 'yigongti.grain'"
        assert connection.execute(sql).fetchall() == [("一家机构一行（含已撤销的）",)]


def test_the_same_rows_with_other_words_are_the_same_file_with_the_newer_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(tmp_path / "shelf")
    with monkeypatch.context() as patch:
        patch.setattr("yigongti.insight.warehouse.pulling.comments", lambda name: {})
        before = shelved(shelf, tmp_path)
        assert written(before) == {}
    after = shelved(shelf, tmp_path)
    assert after == before
    assert written(after) == comments("organization")


def test_a_file_that_cannot_be_read_is_replaced(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    path = shelved(shelf, tmp_path)
    path.write_bytes(b"broken")
    assert written(path) is None
    assert written(shelved(shelf, tmp_path)) == comments("organization")


def test_the_command_prints_it() -> None:
    run = CliRunner().invoke
    [told] = json.loads(run(app, ["dictionary", "org_month", "--json"]).stdout)
    assert told["derived"]
    assert told["reads"]["staff_month"] == "当月"
    assert "services/beds" in told["indicators"]
    assert "## org_month" in run(app, ["dictionary"]).stdout


@pytest.fixture
def community(db: None) -> Community:
    made = build()
    with acting(SYSTEM):
        person(made, "data-office", "data-office", "county")
    return made


def page(community: Community, url: str, **given: str) -> str:
    client = Client()
    client.force_login(community.users["data-office"], backend="yigongti.kernel.access.backends.GrantedBackend")
    response = client.post(url, given, follow=True) if given else client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_the_pages_show_origin_sql_and_indicators(community: Community) -> None:
    listed = page(community, "/facts/")
    assert "/facts/chronic_patient_month/" in listed
    assert "派生" in listed
    told = page(community, "/facts/org_month/")
    assert "推导的 SQL" in told
    assert "count_if(kind = &#x27;outpatient&#x27;)" in told
    assert 'href="/facts/encounter/"' in told
    assert "services/bed-use" in told
    assert "由它派生的事实" in page(community, "/facts/encounter/")
    only = page(community, "/facts/", kind="派生")
    assert "/facts/org_month/" in only
    assert "/facts/encounter/" not in only
