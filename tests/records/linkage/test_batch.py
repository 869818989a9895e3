"""Whole files: how right it is, what is never linked, and what a policy may say."""

import csv
from pathlib import Path

import duckdb
import openpyxl
import pytest
from linkage_people import county, model
from typer.testing import CliRunner

from yigongti.cli import app
from yigongti.insight.simulator.registrations import TABLE, generate
from yigongti.kernel.errors import Invalid
from yigongti.kernel.policy.loading import load
from yigongti.kernel.policy.problems import PolicyRefused
from yigongti.records.linkage import batch, truth
from yigongti.records.linkage.reading import read

COLUMNS = "rec_id,given_name,surname,street_number,address_1,address_2,suburb,postcode,state,date_of_birth,soc_sec_id"
PEOPLE = [
    "rec-1-org,anna,brown,6,high street,rosedale,st james,4011,wa,19081209,6988048",
    "rec-1-dup-0,brown,anna,6,high stret,rosedale,st jmaes,4011,wa,19081209,6988084",
    "rec-2-org,lachlan,berry,69,giblin street,killarney,bittern,4814,qld,19990219,7364009",
    "rec-2-dup-0,lachlan,bery,69,killarney,giblin street,bittern,4814,,19990291,7364009",
    "rec-3-org,deakin,sondergeld,48,goldfinch circuit,kooltuo,canterbury,2776,vic,19600210,2635962",
    "rec-4-org,hayden,smit,4,ross place,willaroo,mount keira,5211,nsw,19730101,1098745",
]


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("\n".join([COLUMNS.replace(",", ", "), *(row.replace(",", ", ") for row in PEOPLE)]), "utf-8")
    return path


def run(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["link", *map(str, words)])
    return done.exit_code, done.output


def test_a_generated_county_is_linked_precisely():
    connection, _ = county()
    found = truth.score(connection, batch.PAIRS, two=False)
    assert found.precision >= 0.999
    assert found.recall >= 0.97


def test_rows_with_names_of_a_household_and_no_number_are_never_linked_alone():
    connection, _ = county()
    [(wrong,)] = connection.execute(
        f"""SELECT count(*) FROM {batch.PAIRS} WHERE outcome = 'link' AND name IN ('sibling', 'family', 'different')
        AND coalesce(id_number, '') NOT IN ('same', 'typo')"""
    ).fetchall()
    assert wrong == 0


def test_pairs_are_written_and_scored(people, tmp_path):
    out = tmp_path / "pairs.csv"
    code, told = run(people, "--config", "index/febrl", "--out", out)
    assert code == 0, told
    assert "F1 1.0000" in told
    with out.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {(row["left_record"], row["outcome"]) for row in rows} >= {("rec-1-org", "link"), ("rec-2-org", "link")}
    assert rows[0]["given_name"]


def test_two_files_are_linked_with_each_other_only(people, tmp_path):
    other = tmp_path / "other.parquet"
    duckdb.sql(f"COPY (FROM read_csv('{people}', all_varchar=true) WHERE rec_id LIKE '%dup%') TO '{other}'")
    code, told = run(people, other, "--config", "index/febrl", "--json")
    assert code == 0, told
    assert '"linked": 4' in told  # each of the two is in both files


def test_excel_is_read(people, tmp_path):
    book = openpyxl.Workbook()
    for line in people.read_text("utf-8").splitlines():
        book.active.append([cell.strip() for cell in line.split(",")])
    book.save(tmp_path / "people.xlsx")
    assert '"linked": 2' in run(tmp_path / "people.xlsx", "--config", "index/febrl", "--json")[1]


def test_gb18030_is_read(tmp_path):
    path = tmp_path / "国标.csv"
    path.write_bytes("姓名,性别\n张三,男\n".encode("gb18030"))
    with duckdb.connect() as connection:
        assert read(connection, path, "t") == 1
        assert connection.execute("SELECT * FROM t").fetchall() == [("张三", "男")]


def test_a_missing_column_is_named_with_the_nearest(people, tmp_path):
    text = people.read_text("utf-8").replace("date_of_birth", "birth_date_of")
    people.write_text(text, "utf-8")
    code, told = run(people, "--config", "index/febrl")
    assert code == 1
    for word in ("date_of_birth", "birth_date_of"):
        assert word in told
    assert "Traceback" not in told


@pytest.mark.parametrize("name", ["broken.parquet", "broken.xlsx", "empty.csv", "absent.csv", "picture.png", "nul.csv"])
def test_what_cannot_be_read_is_said(tmp_path, name):
    if name != "absent.csv":
        (tmp_path / name).write_bytes({"empty.csv": b"a,b\n", "nul.csv": b"a\x00b\n1\n"}.get(name, b"nothing"))
    with duckdb.connect() as connection, pytest.raises(Invalid):
        read(connection, tmp_path / name, "t")


def test_a_suggestion_can_be_used_as_it_is(people, tmp_path):
    made = tmp_path / "made.yaml"
    assert run(people, "--suggest", "--out", made)[0] == 0
    assert "name-latin" in made.read_text("utf-8")
    code, told = run(people, "--config", made)
    assert code == 0, told
    assert "关联 2 对" in told


def test_kept_weights_give_the_same_pairs(people, tmp_path):
    kept = tmp_path / "weights.json"
    first = run(people, "--config", "index/febrl", "--weights", kept, "--out", tmp_path / "a.csv")
    second = run(people, "--config", "index/febrl", "--weights", kept, "--out", tmp_path / "b.csv")
    assert (first[0], second[0]) == (0, 0)
    assert (tmp_path / "a.csv").read_text() == (tmp_path / "b.csv").read_text()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("kind: date", "kind: dat", "date"),
        ("swap: surname", "swap: surnam", "surname"),
        ("[date_of_birth]", "[date_of_brith]", "date_of_birth"),
        ("link: 0.9", "link: 0.1", "人工审核"),
        ("resolve: groups", "resolve: group", "groups"),
        ("frequency: true", "frequncy: true", "frequency"),
    ],
)
def test_a_mistake_in_a_model_is_named_with_the_way_out(old, new, says):
    text = (Path(__file__).parents[3] / "policies/index/febrl.yaml").read_text("utf-8").replace(old, new, 1)
    with pytest.raises(PolicyRefused) as refused:
        load(text, "febrl.yaml")
    assert says in str(refused.value)


def test_one_partner_each_and_none_within_a_source(people):
    rows = [*PEOPLE[:2], PEOPLE[0].replace("org", "dup-1")]
    with duckdb.connect() as connection:
        people.write_text("\n".join([COLUMNS, *rows]), "utf-8")
        read(connection, people, "t")
        done = batch.link(connection, ["t"], model("febrl", resolve="one-to-one"))
        assert done.outcomes == {"link": 1, "review": 2}
        done = batch.link(connection, ["t"], model("febrl", one_per_source="state"))
        assert done.outcomes == {}


def test_expectation_maximisation_stays_near_the_policy():
    connection, _ = county()
    training = {"m": "em", "em_blocking": [["birth_date"], ["name", "sex"]], "sample_pairs": 50_000}
    done = batch.link(connection, ["registrations"], model(truth={"column": "person"}, training=training))
    found = truth.score(connection, batch.PAIRS, two=False)
    assert found.precision >= 0.995
    assert found.recall >= 0.95
    assert 0.5 < done.trained.levels["name"]["same"][0] < 0.99
    county.cache_clear()


def test_weights_of_a_small_table_know_the_size_of_another():
    _, kept = county()
    alone, small = model(truth={"column": "person"}), kept.trained.among(10**9)
    with duckdb.connect(config={"threads": 2}) as connection:
        generate(connection, 6000)
        again = batch.link(connection, [TABLE], alone, small)
        fixed = batch.link(connection, [TABLE], alone, small, known_prior=True)
    assert again.trained.prior == pytest.approx(kept.trained.prior, rel=0.05)
    assert fixed.trained.prior == small.prior
    assert fixed.outcomes["link"] < again.outcomes["link"]
