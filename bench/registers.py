"""Unseen sets in the manner of FEBRL's generator: each is linked by the shipped model and by the suggested one.

``python -m bench.registers [--json]`` needs the words of ``linkage/dataset1.csv`` and ``dataset2.csv`` in the data
folder. The corruption is told in docs/linkage.md.
"""

import csv
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pyarrow
import yaml

from bench.report import Result, figure, tell
from yigongti.cli.linking import model_named
from yigongti.config import configuration
from yigongti.kernel.policy.loading import load
from yigongti.records.linkage import batch, suggesting, truth

Row = dict[str, str]
SETS = {
    "2000 originals, 3000 duplicates, up to 5 each": (33, 2000, 3000, "zipf", 2, 5),
    "the same, Poisson": (34, 2000, 3000, "poisson", 2, 5),
    "5000 originals, one duplicate each, one change": (44, 5000, 5000, "one", 1, 1),
    "5000 originals, one duplicate each, up to 4 changes": (45, 5000, 5000, "one", 2, 4),
    "4000 originals, 1000 duplicates, up to 6 changes": (61, 4000, 1000, "uniform", 2, 6),
    "5000 originals, 5000 duplicates, up to 10 changes": (71, 5000, 5000, "poisson", 3, 10),
}
"""Seed, originals, duplicates, how many duplicates an original has, most changes of a field and of a row."""
MOST = 5
SCANNED = "m:rn l:1 o:0 s:5 g:9 cl:d i:1 b:6 z:2 e:c u:v h:b"
HEARD = "ph:f ck:k c:k ee:ea y:i ie:y ll:l tt:t th:t ou:u sh:s er:a mac:mc ai:ay s:z gh:g wr:r kn:n"
SWAPPED = {"given_name": "surname", "surname": "given_name", "address_1": "address_2", "address_2": "address_1"}
WEIGHTS = {
    "given_name": 15, "surname": 15, "street_number": 10, "address_1": 12, "address_2": 8, "suburb": 10, "postcode": 8,
    "state": 4, "date_of_birth": 12, "soc_sec_id": 6,
}  # fmt: skip
NUMERIC = ("street_number", "postcode", "state", "date_of_birth", "soc_sec_id")


def vocabulary(folder: Path) -> dict[str, list[str]]:
    """Column to the values of the originals, as often as they occur."""
    rows: list[Row] = []
    for name in ("dataset1.csv", "dataset2.csv"):
        with (folder / name).open(encoding="utf-8-sig", newline="") as file:
            rows += [{k.strip(): v.strip() for k, v in row.items()} for row in csv.DictReader(file)]
    return {column: [row[column] for row in rows if "org" in row["rec_id"]] for column in WEIGHTS}


def typed(text: str, chance: random.Random) -> str:
    """One character wrong, lost, too many, or two swapped."""
    place, other = chance.randrange(len(text)), chance.choice("0123456789" if text.isdigit() else "etaoinsrlh")
    return chance.choice(
        [
            text[:place] + other + text[place + 1 :],
            text[:place] + text[place + 1 :],
            text[:place] + other + text[place:],
            text[:place] + text[place + 1 : place + 2] + text[place] + text[place + 2 :],
        ]
    )


def misread(text: str, chance: random.Random, table: str) -> str:
    """One piece as a scanner or an ear takes it, else a slip of the keyboard."""
    pairs = [pair.split(":") for pair in table.split() if pair.split(":")[0] in text]
    if not pairs:
        return typed(text, chance)
    old, new = chance.choice(pairs)
    return text.replace(old, new, 1)


def spaced(text: str, chance: random.Random) -> str:
    """A space lost, or one too many."""
    place = chance.randrange(1, max(len(text), 2))
    return text.replace(" ", "", 1) if " " in text else f"{text[:place]} {text[place:]}"


def changed(row: Row, column: str, words: dict[str, list[str]], chance: random.Random) -> None:
    """One change of a row: lost, another value, swapped, misread, misheard, spaced or mistyped."""
    text, kind = row[column], chance.random()
    other = SWAPPED.get(column, "")
    ways: list[tuple[float, Callable[[], str]]] = [
        (0.10, lambda: ""),
        (0.16, lambda: chance.choice(words[column])),
        (0.26, lambda: typed(text, chance) if column in NUMERIC else misread(text, chance, SCANNED)),
        (0.42, lambda: typed(text, chance) if column in NUMERIC else misread(text, chance, HEARD)),
        (0.50, lambda: typed(text, chance) if column in NUMERIC else spaced(text, chance)),
    ]
    if not text:
        row[column] = chance.choice(words[column]) if kind < 0.5 else ""
    elif kind > 0.92 and other:
        row[column], row[other] = row[other], text
    else:
        row[column] = next((way for until, way in ways if kind < until), lambda: typed(text, chance))()


def duplicates(how: str, chance: random.Random) -> int:
    """How many duplicates an original has."""
    if how == "one":
        return 1
    if how == "uniform":
        return chance.randint(1, MOST)
    weights = {"zipf": [n**-1.5 for n in range(1, MOST + 1)], "poisson": [0.45, 0.29, 0.16, 0.07, 0.03]}[how]
    return chance.choices(range(1, MOST + 1), weights)[0]


def generated(
    words: dict[str, list[str]], seed: int, many: int, copies: int, how: str, field: int, row: int
) -> list[Row]:
    """All rows of a set in no order; ``rec_id`` tells the truth as FEBRL's does."""
    chance = random.Random(seed)
    found = []
    for number in range(many):
        made = {column: chance.choice(values) for column, values in words.items()}
        made["soc_sec_id"] = str(chance.randrange(1_000_000, 9_999_999))
        made["date_of_birth"] = (
            f"{chance.randrange(1900, 2000)}{chance.randrange(1, 13):02}{chance.randrange(1, 29):02}"
        )
        found.append({"rec_id": f"rec-{number}-org", **made})
    left = copies
    for original in chance.sample(found, many):
        for place in range(min(left, duplicates(how, chance))):
            copy = {**original, "rec_id": original["rec_id"].replace("org", f"dup-{place}")}
            drawn = chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=chance.randint(1, row))
            for column in [c for n, c in enumerate(drawn) if drawn[:n].count(c) < field]:
                changed(copy, column, words, chance)
            found.append(copy)
            left -= 1
    return chance.sample(found, len(found))


def tried(rows: list[Row]) -> Iterator[tuple[str, truth.Score]]:
    """The score of the shipped and of the suggested model."""
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.register("given", pyarrow.Table.from_pylist(rows))
        suggestion = yaml.safe_load(suggesting.suggest(connection, "given", "set"))
        told = {**suggestion, "truth": {"column": "rec_id", "pattern": r"^rec-(\d+)-"}}
        suggested = load(yaml.safe_dump(told, allow_unicode=True), "suggested.yaml")
        for name, model in (("index/febrl", model_named("index/febrl")), ("--suggest", suggested)):
            batch.link(connection, ["given"], model)
            yield name, truth.score(connection, batch.PAIRS, two=False)


def main() -> None:
    """Every set with both models."""
    data = configuration().data_dir
    if data is None or not (Path(data) / "linkage").is_dir():
        raise SystemExit("YIGONGTI_DATA_DIR must name the folder with linkage/dataset1.csv and dataset2.csv")
    words = vocabulary(Path(data) / "linkage")
    results: list[Result] = []
    for title, (seed, many, copies, how, field, row) in SETS.items():
        for name, score in tried(generated(words, seed, many, copies, how, field, row)):
            note = f"{name}: P {score.precision:.4f} R {score.recall:.4f}"
            results.append(figure(title, 100 * score.f1, "%", least=99, note=note))
    tell("registers", results)


if __name__ == "__main__":
    main()
