"""One row at a time gives the weights and decisions of the whole table."""

from time import process_time

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linkage_people import county, model

from yigongti.records.linkage import resolving
from yigongti.records.linkage.batch import PAIRS
from yigongti.records.linkage.kinds import prepare_value
from yigongti.records.linkage.online import Match, Scorer, match_from
from yigongti.records.linkage.preparing import ROWS
from yigongti.records.linkage.trained import Trained
from yigongti.records.linkage.waterfall import svg, table, waterfall

FIELDS = ("name", "birth_date", "sex", "id_number", "phone", "address")
NUMBER, ANOTHER = (prepare_value("id-number", f"43012165031200{n}")[""] for n in (1, 3))
ZHANG = {
    "name": "张建国", "birth_date": "1965-03-12", "sex": "男", "id_number": NUMBER,
    "phone": "13800138000", "address": "江永县红岩镇老屋村2组38号",
}  # fmt: skip


@pytest.fixture(scope="module")
def scorer():
    return Scorer(model(), county()[1].trained)


def test_weights_levels_and_outcomes_are_those_of_splink(scorer):
    connection, _ = county()
    keys = list(scorer.model.keys.values())
    sides = ", ".join(f"x.{key}" for key in keys) + ", " + ", ".join(f"y.{key}" for key in keys)
    rows = connection.execute(
        f"""SELECT p.weight, p.probability, p.outcome, p.rule, {", ".join(f"p.{field}" for field in FIELDS)}, {sides}
        FROM {PAIRS} p JOIN {ROWS} x ON x.unique_id = p.a JOIN {ROWS} y ON y.unique_id = p.b"""
    ).fetchall()
    assert len(rows) > 3000
    for weight, chance, outcome, rule, *rest in rows:
        levels, left, right = rest[:6], rest[6 : 6 + len(keys)], rest[6 + len(keys) :]
        match = scorer.pair(dict(zip(keys, left, strict=True)), dict(zip(keys, right, strict=True)))
        assert [one.level or None for one in match.evidence] == levels
        assert match.weight == pytest.approx(weight, abs=1e-6)
        assert match.probability == pytest.approx(chance, abs=1e-9)
        assert (match.outcome, match.rule) == (outcome, rule or "")


def test_the_order_of_the_two_rows_does_not_matter(scorer):
    other = {**ZHANG, "name": "张建", "birth_date": "19650413", "id_number": "43012119650312002X"}
    [ours], [theirs] = scorer.score([other], ZHANG), scorer.score([ZHANG], other)
    assert ours.weight == pytest.approx(theirs.weight)
    assert ours.outcome == theirs.outcome


@pytest.mark.parametrize(
    ("changes", "outcome", "rule"),
    [
        ({}, "link", "number-and-name"),
        ({"id_number": "430121650312001", "name": "章建国"}, "link", "number-and-name"),
        ({"id_number": None, "birth_date": "1965-04-13"}, "link", ""),
        ({"name": "张建军", "id_number": None}, "review", "household"),
        ({"name": "李四光", "birth_date": "1990-01-31", "phone": None, "address": None}, "reject", "number-of-another"),
        ({"id_number": ANOTHER}, "review", "two-numbers"),
        (
            {"name": "李大嘴", "id_number": None, "birth_date": None, "phone": None, "address": None},
            "reject",
            "household",
        ),
        # a label is no name: birthday and sex, or a village, say nothing
        ({"name": "队列居民14500", "id_number": None, "phone": None, "address": None}, "reject", "nothing-known"),
        ({"name": None, "id_number": None, "phone": None, "address": None}, "reject", "nothing-known"),
        ({"name": None, "id_number": None, "phone": "13900139000", "address": "江永县"}, "reject", "nothing-known"),
        # newborn twins have no names yet, but birthday, sex, phone and house alike
        ({"name": None, "id_number": None}, "review", "nameless"),
        ({"name": None, "id_number": None, "phone": None}, "review", "nameless"),
        ({"name": None, "id_number": None, "address": None}, "review", "nameless"),
        ({"name": None, "phone": None, "address": None}, "link", ""),
    ],
)
def test_hard_pairs(scorer, changes, outcome, rule):
    [match] = scorer.score([{**ZHANG, **changes}], ZHANG)
    assert (match.outcome, match.rule) == (outcome, rule)


def test_a_few_candidates_cost_little(scorer):
    candidates = [{**ZHANG, "name": f"张{c}", "id_number": None} for c in "建国军民华平强伟"]
    scorer.score(candidates, ZHANG)
    started = process_time()
    for _ in range(20):
        scorer.score(candidates, ZHANG)
    assert (process_time() - started) / 20 < 0.01


def test_the_best_come_first_and_rejected_ones_not_at_all(scorer):
    stranger = {"name": "李四", "birth_date": "2001-01-09", "sex": "女"}
    found = scorer.best([stranger, {**ZHANG, "id_number": None}, ZHANG], ZHANG)
    assert [place for place, _ in found] == [2, 1]


def test_the_waterfall_adds_up_and_needs_no_script(scorer):
    [match] = scorer.score([{**ZHANG, "phone": "13900139000"}], ZHANG)
    bars = waterfall(match)
    assert bars[-2].end == pytest.approx(bars[-1].weight) == pytest.approx(match.weight)
    drawn = svg(match)
    assert drawn.startswith("<svg")
    assert "script" not in drawn
    assert "姓名" in drawn
    assert "电话" in table(match)
    assert match_from(match.as_dict()) == match


def test_a_trained_model_can_be_kept_and_is_refused_by_another(scorer):
    from yigongti.kernel.errors import Invalid

    text = scorer.trained.to_json()
    again = Trained.from_json(text, scorer.model)
    assert again.levels == scorer.trained.levels
    assert Scorer(scorer.model, again).score([ZHANG], ZHANG) == scorer.score([ZHANG], ZHANG)
    for broken in ("{}", "[", text):
        with pytest.raises(Invalid):
            Trained.from_json(broken, model("febrl"))


WEIGHTS = st.sampled_from([4.0, 6.5, 7.0, 9.5, 10.0, 13.25])


@given(st.lists(st.lists(st.tuples(WEIGHTS, st.sampled_from(["link", "review"])), max_size=4), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_a_row_is_one_person_only_and_the_whole_table_says_the_same(scorer, rows):
    one_by_one = []
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE pairs (a BIGINT, b BIGINT, weight DOUBLE, rule VARCHAR, outcome VARCHAR)")
        for b, found in enumerate(rows):
            matches = [Match(weight, 0.99, outcome, "", -20.0, ()) for weight, outcome in found]
            for a, (match, now) in enumerate(zip(matches, scorer.settled(matches), strict=True)):
                connection.execute("INSERT INTO pairs VALUES (?, ?, ?, '', ?)", [a, b, match.weight, match.outcome])
                one_by_one.append((a, b, now.outcome, now.rule))
        resolving.best(connection, "pairs", scorer.model.thresholds.margin)
        at_once = connection.execute("SELECT a, b, outcome, rule FROM pairs ORDER BY b, a").fetchall()
    assert at_once == one_by_one
    linked = [b for _, b, outcome, _ in at_once if outcome == "link"]
    assert len(linked) == len(set(linked))


def test_who_is_not_clearly_ahead_waits_and_the_waterfall_says_by_how_much(scorer):
    near, far = ({**ZHANG, "id_number": None, "phone": phone} for phone in (ZHANG["phone"], "13700137000"))
    for others, outcome in (([near, near], "review"), ([near, far], "link")):
        first, second = scorer.settled(scorer.score(others, {**ZHANG, "id_number": None}))
        assert (first.outcome, second.outcome, second.rule) == (outcome, "review", "more-than-one")
        assert first.ahead == pytest.approx(first.weight - second.weight)
        assert "比另一位" in svg(first)
        assert match_from(first.as_dict()) == first


def test_what_agrees_says_less_where_there_are_more_people(scorer):
    few, many = (Scorer(scorer.model, scorer.trained.among(people)) for people in (10_000, 80_000_000))
    said = {**ZHANG, "id_number": None, "phone": None, "address": None}
    assert few.score([ZHANG], said)[0].outcome == "link"
    assert many.score([ZHANG], said)[0].outcome == "review"
