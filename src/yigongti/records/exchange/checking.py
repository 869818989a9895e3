"""From a delivery on the bench to typed rows: every row that cannot be taken is known with line, column, value, reason
and the way out before anything reaches the database.

For each write of a mapping there is a view ``mapped_<n>`` (what its expressions say) and a table ``typed_<n>`` with the
types of the target, a digest of the content, and ``bad``. The details are worked out for the bad lines alone. A line is
taken whole: what it gives to one target is not taken when what it gives to another is refused.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb

from yigongti.records.health_record.targets import TARGETS, Target, TargetColumn

from .bench import compiled, first
from .bench import literal as text
from .mappings import DeliveryMapping, Write
from .measures import FINISH, Finish

PROBLEMS = (
    'CREATE TABLE problems (read VARCHAR, line BIGINT, target VARCHAR, "column" VARCHAR, value VARCHAR, rule VARCHAR, '
    "reason VARCHAR, remedy VARCHAR)"
)
EARLIEST, LATEST = "DATE '1850-01-01'", "DATE '2200-01-01'"
#: dates that may lie ahead
AHEAD = ("next_due", "until", "expires_on")
TYPED = {
    "text": "{raw}",
    "base64": "CASE WHEN TRY(from_base64({raw})) IS NOT NULL THEN {raw} END",
    "decimal": "as_number({raw})",
    "integer": "CASE WHEN as_number({raw}) = floor(as_number({raw})) THEN try_cast(as_number({raw}) AS BIGINT) END",
    "date": "as_date({raw})",
    "timestamp": "as_time({raw})",
    "boolean": "CASE WHEN lower({raw}) IN ('true', 't', '1', 'y', 'yes', '是') THEN true "
    "WHEN lower({raw}) IN ('false', 'f', '0', 'n', 'no', '否') THEN false END",
    "json": "CASE WHEN json_valid({raw}) THEN {raw} END",
}
EXAMPLES = {
    "decimal": "应为数字，例如 136 或 5.6",
    "integer": "应为整数",
    "date": "应为日期，例如 2026-11-21",
    "timestamp": "应为时间，例如 2026-11-21 14:30",
    "boolean": "应为 是 或 否",
    "json": "应为 JSON",
    "base64": "应为 Base64",
}


@dataclass(frozen=True)
class Rule:
    """What makes a row bad: SQL over the raw (``r_…``) and typed columns, the column to look at, reason and way out."""

    name: str
    column: str
    when: str
    reason: str
    remedy: str


def shape(connection: duckdb.DuckDBPyConnection, mapping: DeliveryMapping) -> None:
    """Run the steps of a mapping, each over those before it."""
    tables = list(mapping.reads)
    for step in mapping.steps:
        connection.execute(f'CREATE TABLE "{step.name}" AS {compiled(step.sql, mapping, select=True, tables=tables)}')
        tables.append(step.name)


def check(connection: duckdb.DuckDBPyConnection, mapping: DeliveryMapping) -> None:
    """Make the typed tables of all writes and the problems of the whole delivery."""
    connection.execute(PROBLEMS)
    for number, write in enumerate(mapping.writes):
        _typed(connection, mapping, number, write)
    connection.execute(
        "INSERT INTO problems SELECT read, line, '', coalesce(\"column\", ''), value, 'format', reason, "
        "'改正这一行的格式后重新发送' FROM unreadable"
    )
    _leaves(connection, mapping)
    _untaken(connection, mapping)
    settle(connection, mapping)


def settle(connection: duckdb.DuckDBPyConnection, mapping: DeliveryMapping) -> None:
    """A line with a problem anywhere is bad everywhere. Called again after the database found more problems."""
    for number, write in enumerate(mapping.writes):
        connection.execute(
            f"""UPDATE typed_{number} SET bad = true WHERE NOT bad
                AND line IN (SELECT line FROM problems WHERE read = {text(mapping.lines_of(write))})"""
        )
        # where the first of several equal rows went with its line, the next one stands for it
        connection.execute(
            f"""UPDATE typed_{number} AS t SET repeats = false FROM (
                    SELECT source_key, min(line) AS line FROM typed_{number} WHERE NOT bad
                     AND source_key IN (SELECT source_key FROM typed_{number} WHERE repeats AND NOT bad)
                     GROUP BY source_key HAVING bool_and(repeats)) first
                WHERE t.source_key = first.source_key AND t.line = first.line AND NOT t.bad"""
        )


def _typed(connection: duckdb.DuckDBPyConnection, mapping: DeliveryMapping, number: int, write: Write) -> None:
    target, read, finish = TARGETS[write.target], mapping.lines_of(write), FINISH.get(write.target, Finish())
    given = [column for column in target.columns if column.name in write.columns or column.name in finish.needs]
    raw = ", ".join(
        f"nullif(trim(({_said(mapping, write, column.name)})::VARCHAR), '') AS r_{column.name}" for column in given
    )
    where = f" WHERE {compiled(write.where, mapping)}" if write.where else ""
    connection.execute(f'CREATE VIEW mapped_{number} AS SELECT line, {raw} FROM "{write.from_}"{where}')
    typed = ", ".join(f"{TYPED[column.type].format(raw=f'r_{column.name}')} AS t_{column.name}" for column in given)
    source = f"(SELECT *, {typed} FROM mapped_{number}) m {finish.joins}"
    rules = [*_rules(target, given), *(rule for rule in map(_rule, finish.rules))]
    bad = " OR ".join(f"coalesce({rule.when}, false)" for rule in rules) or "false"
    digest = "md5(concat_ws(chr(31), " + ", ".join(f"coalesce(r_{column.name}, chr(30))" for column in given) + "))"
    columns = ", ".join(f"{finish.columns.get(c.name, f't_{c.name}')} AS {c.name}" for c in given)
    connection.execute(
        f"CREATE TABLE typed_{number} AS SELECT line, {columns}, uuidv7() AS id, {digest} AS digest, {bad} AS bad "
        f"FROM {source}"
    )
    _details(connection, number, read, target, source, rules)
    _twice(connection, number, read, target)


def _said(mapping: DeliveryMapping, write: Write, column: str) -> str:
    return compiled(write.columns[column], mapping) if column in write.columns else "NULL"


def _rule(parts: tuple[str, str, str, str, str]) -> Rule:
    return Rule(*parts)


def _details(
    connection: duckdb.DuckDBPyConnection, number: int, read: str, target: Target, source: str, rules: Sequence[Rule]
) -> None:
    if not rules or not _any(connection, f"SELECT 1 FROM typed_{number} WHERE bad LIMIT 1"):
        return
    doubtful = f"{source} WHERE m.line IN (SELECT line FROM typed_{number} WHERE bad)"
    parts = " UNION ALL ".join(
        f"SELECT {text(read)}, line, {text(target.name)}, {text(rule.column)}, coalesce(r_{rule.column}, ''), "
        f"{text(rule.name)}, why_{place}, {text(rule.remedy)} FROM doubtful WHERE why_{place} IS NOT NULL"
        for place, rule in enumerate(rules)
    )
    why = ", ".join(f"CASE WHEN {rule.when} THEN {rule.reason} END AS why_{place}" for place, rule in enumerate(rules))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE doubtful AS SELECT m.*, {why} FROM {doubtful}")
    connection.execute(f"INSERT INTO problems {parts}")
    connection.execute("DROP TABLE doubtful")


def _rules(target: Target, given: Sequence[TargetColumn]) -> Iterator[Rule]:
    names = {column.name for column in given}
    for column in given:
        yield from _column_rules(column, target)
    yield from (rule for needs, rule in OWN.get(target.name, ()) if needs <= names)
    if alternatives := ONE_OF.get(target.name):
        yield _one_of(alternatives, names)


def _one_of(alternatives: tuple[str, ...], names: set[str]) -> Rule:
    """At least one of the columns says something."""
    given = [name for name in alternatives if name in names]
    none = " AND ".join(f"r_{name} IS NULL" for name in given) or "true"
    words = " 和 ".join(alternatives)
    column = given[0] if given else "source_key"
    return Rule("required", column, none, text(f"{words} 都没有填写"), f"填写 {' 或 '.join(alternatives)} 后重新发送")


def _column_rules(column: TargetColumn, target: Target) -> Iterator[Rule]:
    name, title = column.name, column.title
    if column.required:
        yield Rule("required", name, f"r_{name} IS NULL", text(f"没有填写{title}"), f"补上{title}后重新发送")
    if column.type in EXAMPLES:
        reason = f"{text(f'{title}“')} || left(r_{name}, 60) || {text(f'”不能识别，{EXAMPLES[column.type]}')}"
        yield Rule("type", name, f"r_{name} IS NOT NULL AND t_{name} IS NULL", reason, EXAMPLES[column.type])
    if column.codes and column.type == "text":
        listed = ", ".join(text(code) for code in column.codes)
        words = "、".join(f"{code} {word}" for code, word in list(column.codes.items())[:12])
        reason = f"{text(f'{title}没有代码“')} || left(r_{name}, 60) || '”'"
        yield Rule("code", name, f"r_{name} NOT IN ({listed})", reason, f"可用：{words}")
    if column.length and column.type == "text" and not column.codes:
        reason = f"{text(f'{title}有 ')} || length(r_{name}) || ' 个字，最多 {column.length} 个'"
        yield Rule("length", name, f"length(r_{name}) > {column.length}", reason, "缩短后重新发送")
    if column.type == "text":
        yield Rule(
            "characters", name, f"contains(r_{name}, chr(0))", text(f"{title}里有不可见的控制字符"), "删去后重新发送"
        )
    yield from _limits(column, target)


def _limits(column: TargetColumn, target: Target) -> Iterator[Rule]:
    """What a number or a date may be at most and at least."""
    name, title = column.name, column.title
    if column.type in ("date", "timestamp"):
        tomorrow = "(now()::DATE + 1)" if column.type == "date" else "now() + INTERVAL 1 DAY"
        latest, words = (LATEST, "晚于 2200 年") if name in AHEAD else (tomorrow, "晚于今天")
        yield Rule("future", name, f"t_{name} > {latest}", text(title + words), "核对日期和发送方的时钟")
        yield Rule("past", name, f"t_{name} < {EARLIEST}", text(f"{title}早于 1850 年"), "核对日期")
    if column.type == "integer":
        yield Rule("range", name, f"t_{name} < 0 OR t_{name} > 32767", text(f"{title}应为 0–32767"), "核对数字")
    if column.type == "decimal":
        of = target.model._meta.get_field(name)
        digits = of.max_digits - of.decimal_places  # type: ignore[union-attr]
        yield Rule("range", name, f"abs(t_{name}) >= 1e{digits}", text(f"{title}太大"), "核对数字和单位")


#: of these columns one must be filled
ONE_OF: dict[str, tuple[str, ...]] = {"document_reference": ("content", "location")}
ORDER = "结束早于开始"
OWN: dict[str, tuple[tuple[set[str], Rule], ...]] = {
    "encounter": (
        (
            {"started_at", "ended_at"},
            Rule("order", "ended_at", "t_ended_at < t_started_at", text(ORDER), "核对两个时间"),
        ),
    ),
    "procedure": (
        (
            {"performed_at", "performed_until"},
            Rule("order", "performed_until", "t_performed_until < t_performed_at", text(ORDER), "核对两个时间"),
        ),
    ),
    "immunization": (
        ({"dose_number"}, Rule("range", "dose_number", "t_dose_number = 0", text("剂次从 1 算起"), "核对剂次")),
    ),
    "patient": (
        (
            {"birth_date", "died_on"},
            Rule("order", "died_on", "t_died_on < t_birth_date", text("死亡日期早于出生日期"), "核对两个日期"),
        ),
    ),
}


def _leaves(connection: duckdb.DuckDBPyConnection, mapping: DeliveryMapping) -> None:
    for leave in mapping.leaves:
        connection.execute(
            f"""INSERT INTO problems SELECT {text(leave.from_)}, line, '', '', '', 'left', {text(leave.reason)},
                '映射写明不收这一类，不需要处理' FROM "{leave.from_}" WHERE {compiled(leave.where, mapping)}"""
        )


def _untaken(connection: duckdb.DuckDBPyConnection, mapping: DeliveryMapping) -> None:
    """Lines from which no write makes anything."""
    for read in mapping.reads:
        typed = [f"SELECT line FROM typed_{n}" for n, w in enumerate(mapping.writes) if mapping.lines_of(w) == read]
        if not typed:
            continue  # a read that only explains others (a dictionary of codes)
        connection.execute(
            f"""INSERT INTO problems SELECT {text(read)}, line, '', '', '', 'unmapped', '映射没有说明怎样收这一行',
                '在映射的 writes 或 leaves 里写明' FROM "{read}" WHERE line NOT IN ({" UNION ALL ".join(typed)})
                AND line NOT IN (SELECT line FROM problems WHERE read = {text(read)})"""
        )


def _twice(connection: duckdb.DuckDBPyConnection, number: int, read: str, target: Target) -> None:
    """The same key twice in one delivery: the same content is a duplicate, another content cannot both be meant."""
    connection.execute(f"ALTER TABLE typed_{number} ADD COLUMN repeats BOOLEAN DEFAULT false")
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE twice AS
            SELECT source_key, min(line) AS first, arg_min(digest, line) AS digest FROM typed_{number}
            WHERE NOT bad GROUP BY source_key HAVING count(*) > 1"""
    )
    if _any(connection, "SELECT 1 FROM twice LIMIT 1"):
        connection.execute(
            f"""UPDATE typed_{number} AS t SET repeats = true FROM twice w
                WHERE t.source_key = w.source_key AND t.line > w.first AND t.digest = w.digest AND NOT t.bad"""
        )
        connection.execute(
            f"""INSERT INTO problems
                SELECT {text(read)}, t.line, {text(target.name)}, 'source_key', t.source_key, 'twice',
                '主键与第 ' || w.first || ' 行相同，内容不同', '确认哪一行正确，删去另一行；确为两条时主键应不同'
                FROM typed_{number} t JOIN twice w USING (source_key)
                WHERE t.line > w.first AND t.digest <> w.digest AND NOT t.bad"""
        )
    connection.execute("DROP TABLE twice")


def _any(connection: duckdb.DuckDBPyConnection, sql: str) -> bool:
    return first(connection, sql) is not None
