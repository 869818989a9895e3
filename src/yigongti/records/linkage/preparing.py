"""Tables as received become one prepared table: cleaned and derived columns, and one number per blocking rule.

All of it is SQL over whole columns; only the readings of the characters that occur are looked up in Python.
"""

from collections.abc import Iterable, Mapping, Sequence

import duckdb
import pyarrow

from yigongti.kernel.errors import Invalid
from yigongti.kernel.policy.problems import allowed_words
from yigongti.records.linkage.calendar import solar_of_lunar
from yigongti.records.linkage.configuration import LinkageModel, prepared_column
from yigongti.records.linkage.kinds import KINDS
from yigongti.records.linkage.prepared import Step, syllable

ROWS = "linkage_rows"
"""``unique_id`` (1…n), ``source_dataset``, ``record`` (the row's name), prepared columns, ``block_0`` and so on."""


def quoted(name: str) -> str:
    """A quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def prepare(connection: duckdb.DuckDBPyConnection, tables: Sequence[str], model: LinkageModel) -> int:
    """Make :data:`ROWS` from one table, or from two that are to be linked with each other. Returns its rows.

    Raises :class:`Invalid` when a column is missing, naming the nearest one that is there.
    """
    columns = [_columns(connection, table, model) for table in tables]
    connection.execute(f"CREATE OR REPLACE TEMP TABLE linkage_received AS {_received(tables, columns, model)}")
    first, looked_up, rest = _phases(model)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE linkage_cleaned AS {_layers('linkage_received', first, clean=True)}"
    )
    joined = _lookups(connection, looked_up)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE linkage_derived AS {_layers(f'({joined})', rest)}")
    _blocks(connection, model)
    for table in ("linkage_received", "linkage_cleaned", "linkage_derived", "linkage_readings"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    [(count,)] = connection.execute(f"SELECT count(*) FROM {ROWS}").fetchall()
    return int(count)


def _columns(connection: duckdb.DuckDBPyConnection, table: str, model: LinkageModel) -> dict[str, str]:
    """What the model calls each column → what the table calls it (outer spaces and case do not matter)."""
    present = [row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()]
    exact = {name: name for name in present}
    loose = {name.strip().strip("\ufeff").lower(): name for name in present}
    wanted = [*model.columns().values(), *filter(None, (model.id, model.one_per_source))]
    wanted += [model.truth.column] if model.truth else []
    found = {}
    for name in wanted:
        if name in exact or name.strip().lower() in loose:
            found[name] = exact.get(name) or loose[name.strip().lower()]
        else:
            raise Invalid(f"文件里没有列 {name}", hint=allowed_words(name, [p.strip() for p in present]), field=name)
    return found


def _received(tables: Sequence[str], columns: Sequence[dict[str, str]], model: LinkageModel) -> str:
    """Every row with its number, its source, its name, what is compared and what is true, all of them texts."""
    parts = []
    for place, (table, names) in enumerate(zip(tables, columns, strict=True)):
        taken = [f"'{'ab'[place]}' AS source_dataset"]
        taken.append(f"CAST({quoted(names[model.id])} AS VARCHAR) AS record" if model.id else "NULL::VARCHAR AS record")
        apart = f"CAST({quoted(names[model.one_per_source])} AS VARCHAR)" if model.one_per_source else "NULL::VARCHAR"
        taken += [f"{apart} AS apart", f"{_truth(names, model)} AS truth"]
        taken += [f"CAST({quoted(names[column])} AS VARCHAR) AS {name}_raw" for name, column in model.columns().items()]
        parts.append(f"SELECT row_number() OVER () AS line, {', '.join(taken)} FROM {table}")
    united = " UNION ALL ".join(parts)
    return (
        f"SELECT row_number() OVER () AS unique_id, * EXCLUDE (line, record), "
        f"coalesce(trim(record), CAST(line AS VARCHAR)) AS record FROM ({united})"
    )


def _truth(names: dict[str, str], model: LinkageModel) -> str:
    if not model.truth:
        return "NULL::VARCHAR"
    text = f"trim(CAST({quoted(names[model.truth.column])} AS VARCHAR))"
    pattern = model.truth.pattern.replace("'", "''")
    return f"nullif(regexp_extract({text}, '{pattern}', 1), '')" if pattern else f"nullif({text}, '')"


Placed = tuple[str, Step]


def _phases(model: LinkageModel) -> tuple[list[list[Placed]], list[Placed], list[list[Placed]]]:
    """Steps before the look-ups, the look-ups, and those after them; the outer lists are layers."""
    first: list[list[Placed]] = []
    looked_up: list[Placed] = []
    rest: list[list[Placed]] = []
    for name, field in model.fields.items():
        steps = KINDS[field.kind].steps
        places = [place for place, step in enumerate(steps) if step.lookup]
        begin, end = (places[0], places[-1] + 1) if places else (len(steps), len(steps))
        looked_up += [(name, step) for step in steps[begin:end]]
        for layers, part in ((first, steps[:begin]), (rest, steps[end:])):
            for depth, step in enumerate(part):
                if len(layers) <= depth:
                    layers.append([])
                layers[depth].append((name, step))
    return first, looked_up, rest


def _sql(name: str, step: Step) -> str:
    made = f"{name}__{len(step.before) - 1}" if step.before else name
    return step.sql.replace("{t}", made).replace("{x}", name)


def _cleaning(steps: Iterable[Placed]) -> list[list[str]]:
    """What is made on the way to the cleaned columns, layer by layer."""
    layers: list[list[str]] = []
    for name, step in steps:
        for depth, sql in enumerate(step.before):
            if len(layers) <= depth:
                layers.append([])
            made = sql.replace("{raw}", f"{name}_raw").replace("{t}", f"{name}__{depth - 1}")
            layers[depth].append(f"{made} AS {name}__{depth}")
    return layers


def _layers(source: str, layers: Sequence[list[Placed]], *, clean: bool = False) -> str:
    """Nested selects: each layer adds its columns to those below; ``clean`` begins at the texts as received."""
    query = f"SELECT * FROM {source}"
    for added in _cleaning(layers[0]) if clean else []:
        query = f"SELECT *, {', '.join(added)} FROM ({query})"
    for layer in layers:
        made = ", ".join(f"{_sql(name, step)} AS {prepared_column(name, step.suffix)}" for name, step in layer)
        query = f"SELECT *, {made} FROM ({query})"
    if not clean:
        return query
    passing = [f"{name}_raw" for name, _ in layers[0]]
    passing += [f"{name}__{depth}" for name, step in layers[0] for depth in range(len(step.before))]
    return f"SELECT * EXCLUDE ({', '.join(passing)}) FROM ({query})"


def _lookups(connection: duckdb.DuckDBPyConnection, steps: Sequence[Placed]) -> str:
    """The cleaned table with the looked-up columns joined on: a query."""
    pinyin = [_sql(name, step) for name, step in steps if step.lookup == "pinyin"]
    if pinyin:
        _readings(connection, pinyin)
    if any(step.lookup == "solar" for _, step in steps):
        pairs_table(connection, "linkage_solar", solar_of_lunar())
    query, joins = "SELECT r.*", []
    for place, (name, step) in enumerate(steps):
        query += f", j{place}.made AS {prepared_column(name, step.suffix)}"
        table = "linkage_readings" if step.lookup == "pinyin" else "linkage_solar"
        joins.append(f"LEFT JOIN {table} j{place} ON r.{_sql(name, step)} = j{place}.text")
    return f"{query} FROM linkage_cleaned r {' '.join(joins)}"


def _readings(connection: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> None:
    """``linkage_readings``: every different text of the columns with its pinyin."""
    texts = " UNION ".join(
        f"SELECT DISTINCT {column} AS text FROM linkage_cleaned WHERE {column} IS NOT NULL" for column in columns
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE linkage_texts AS {texts}")
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE linkage_letters AS
        SELECT text, unnest(string_split(text, '')) AS letter, unnest(range(length(text))) AS place
        FROM linkage_texts"""
    )
    letters = [row[0] for row in connection.execute("SELECT DISTINCT letter FROM linkage_letters").fetchall()]
    pairs_table(connection, "linkage_syllables", {letter: syllable(letter) for letter in letters})
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE linkage_readings AS
        SELECT l.text, string_agg(s.made, '' ORDER BY place) AS made
        FROM linkage_letters l JOIN linkage_syllables s ON s.text = l.letter GROUP BY l.text"""
    )
    for table in ("linkage_texts", "linkage_letters", "linkage_syllables"):
        connection.execute(f"DROP TABLE {table}")


def pairs_table(connection: duckdb.DuckDBPyConnection, name: str, pairs: Mapping[str, str]) -> None:
    """A temporary table with ``text`` and ``made``."""
    texts, made = (pyarrow.array(list(side), pyarrow.string()) for side in (pairs.keys(), pairs.values()))
    connection.register("linkage_given", pyarrow.table({"text": texts, "made": made}))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM linkage_given")
    connection.unregister("linkage_given")


def block_sql(model: LinkageModel, keys: Sequence[str]) -> str:
    """One number for the values of a blocking rule's keys; NULL when one of them is unknown."""
    columns = [model.keys[key] for key in keys]
    known = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    return f"CASE WHEN {known} THEN (hash({', '.join(columns)}) >> 1)::BIGINT END"


def _blocks(connection: duckdb.DuckDBPyConnection, model: LinkageModel) -> None:
    """:data:`ROWS`: with ``block_n``, NULL where more rows than the limit share it."""
    rules = [*model.blocking, *model.training.em_blocking]
    made = ", ".join(f"{block_sql(model, keys)} AS block_{n}" for n, keys in enumerate(rules))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE linkage_blocked AS SELECT *, {made} FROM linkage_derived")
    kept = []
    for n in range(len(rules)):
        crowded = f"SELECT block_{n} FROM linkage_blocked GROUP BY 1 HAVING count(*) > {model.block_limit}"
        rows = [row[0] for row in connection.execute(crowded).fetchall() if row[0] is not None]
        if rows:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE linkage_crowded_{n} AS {crowded}")
            kept.append(
                f"CASE WHEN block_{n} NOT IN (SELECT block_{n} FROM linkage_crowded_{n} WHERE block_{n} IS NOT NULL) "
                f"THEN block_{n} END AS block_{n}"
            )
    replacing = f" REPLACE ({', '.join(kept)})" if kept else ""
    connection.execute(f"CREATE OR REPLACE TABLE {ROWS} AS SELECT *{replacing} FROM linkage_blocked")
    connection.execute("DROP TABLE linkage_blocked")
