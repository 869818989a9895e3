"""pgbench runs the same statements on the same server: what is left when everything above the database is taken away.

The statements of two steps are taken from the server's own log, with their values; keys of events, sequence numbers and
versions are made new in each round, so that the same work is done again and again.
"""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from bench.report import Result, figure
from bench.stand import Stand
from yigongti.cli import binaries
from yigongti.cli.postgres import APP

ENTRY = re.compile(r"(\d+) (\S*) (LOG|DETAIL):\s+(?:statement: |execute [^:]*: |[Pp]arameters: )?(.*)", re.DOTALL)
PARAMETER = re.compile(r"\$(\d+) = ('(?:[^']|'')*'|NULL)")
LOGGING = {
    "log_statement": "'all'",
    "log_line_prefix": "'@@%p %u '",
    "log_error_verbosity": "'default'",
    "log_parameter_max_length": "-1",
}


@dataclass(frozen=True)
class Floor:
    """Steps a second and statements a step of the bare database."""

    rate: float
    statements: float

    def results(self, through_http: float) -> list[Result]:
        """The floor, and how far above it we are."""
        told = f"{self.statements:g} a step, BEGIN and COMMIT included"
        return [
            figure("pgbench, the same statements", self.rate, "steps/s", note=told),
            figure("  HTTP reaches", 100 * through_http / self.rate if self.rate else 0, "% of it"),
        ]


def measure(stand: Stand, client: Any, before: list[Any], pair: list[Any], clients: int, seconds: float) -> Floor:
    """Record the statements of ``pair`` on one case, replay them on ``clients`` cases at once."""
    cases = [client.cases.pop() for _ in range(clients)]
    for case in cases:
        for step in [*before, *pair, *pair]:
            client.take(case, *step)
    statements = recorded(stand, client, cases[0], pair)
    files = []
    for number, case in enumerate(cases):
        path = stand.home / f"floor{number}.sql"
        path.write_text(script(statements, cases[0], case), encoding="utf-8")
        files.append(path)
    rate = sum(run(stand, files, seconds)) * len(pair)
    return Floor(rate, len(statements) / len(pair))


def recorded(stand: Stand, client: Any, case: str, pair: list[Any]) -> list[str]:
    """The statements of one pair of steps with their values, as the server logged them."""
    log = Path(stand.server.log)
    with stand.admin() as admin:
        for name, value in LOGGING.items():
            admin.execute(f"ALTER SYSTEM SET {name} = {value}")
        admin.execute("SELECT pg_reload_conf()")
        admin.execute("SELECT pg_sleep(0.5)")
        start = log.stat().st_size
        for step in pair:
            client.take(case, *step)
        admin.execute("SELECT pg_sleep(0.2)")
        for name in LOGGING:
            admin.execute(f"ALTER SYSTEM RESET {name}")
        admin.execute("SELECT pg_reload_conf()")
    with log.open("rb") as file:
        file.seek(start)
        entries = file.read().decode("utf-8", "replace").lstrip("@").split("\n@@")
    return _of_web(_with_values(entries), case)


def _with_values(entries: list[str]) -> list[tuple[str, str]]:
    """Process and statement, the parameters put in."""
    found: list[tuple[str, str]] = []
    for entry in entries:
        matched = ENTRY.match(entry)
        if not matched or matched[2] != APP:
            continue
        pid, kind, text = matched[1], matched[3], matched[4].strip()
        if kind == "DETAIL" and found and found[-1][0] == pid:
            values = {int(n): value for n, value in PARAMETER.findall(text)}
            sql = re.sub(r"\$(\d+)", lambda m, values=values: values.get(int(m[1]), m[0]), found[-1][1])  # type: ignore[misc]
            found[-1] = (pid, sql)
        elif kind == "LOG":
            found.append((pid, text))
    return found


def _of_web(statements: list[tuple[str, str]], case: str) -> list[str]:
    """Those of the web workers that moved the case; keys written with dashes."""
    plain = case.replace("-", "")
    mine = {pid for pid, sql in statements if "FOR UPDATE OF" in sql and (plain in sql or case in sql)}
    return [re.sub(r"'([0-9a-f]{32})'", lambda m: f"'{UUID(m[1])}'", sql) for pid, sql in statements if pid in mine]


def script(statements: list[str], recorded_case: str, case: str) -> str:
    """A pgbench script: the recorded statements on another case, with fresh event keys and the next numbers."""
    lines: list[str] = []
    fresh: dict[str, str] = {}
    for statement in statements:
        _, found, sql = statement.partition('INSERT INTO "cases_caseevent"')
        if found:
            columns = [name.strip(' "') for name in sql[sql.index("(") + 1 : sql.index(")")].split(",")]
            values = re.findall(r"'(?:[^']|'')*'|[^,()']+", sql[sql.index("VALUES (") + 8 :])
            given = dict(zip(columns, [v.strip() for v in values if v.strip()], strict=False))
            for name in ("id", "key"):
                if (word := given[name].strip("'")) not in fresh:
                    lines.append(f"\\set k{len(fresh)} random(100000000000, 999999999999)")
                    fresh[word] = f"('00000000-0000-4000-8000-' || :k{len(fresh)})::uuid"
    for sql in statements:
        text = " ".join(sql.split())
        for word, other in fresh.items():
            text = text.replace(f"'{word}'", other)
        text = re.sub(rf"('{recorded_case}'), '\d+', '", r"\1, :c_happened + 1, '", text)
        text = re.sub(
            r"\"version\" = '\d+', \"happened\" = '\d+'",
            '"version" = :c_version + 1, "happened" = :c_happened + 1',
            text,
        )
        text = text.replace(recorded_case, case).rstrip(";")
        lines.append(text + (" \\gset c_" if "FOR UPDATE OF" in text and '"happened"' in text else ";"))
    return "\n".join(lines) + "\n"


def run(stand: Stand, files: list[Path], seconds: float) -> list[float]:
    """One pgbench for each case at the same time, statements prepared; rounds a second of each."""
    command = [binaries.program("pgbench"), "--no-vacuum", "--client=1", f"--time={max(int(seconds), 2)}"]
    running = [
        subprocess.Popen(
            [*command, "--protocol=prepared", f"--file={file}", stand.server.url(APP)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for file in files
    ]
    rates = []
    for process in running:
        out, err = process.communicate(timeout=seconds + 60)
        found = re.search(r"tps = ([\d.]+)", out)
        if not found or "error" in err.lower():
            raise RuntimeError(f"pgbench: {err[-1500:]}")
        rates.append(float(found[1]))
    return rates
