"""``yigongti check``: everything that can be known before anyone is served."""

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field
from typing import Annotated

import typer
from rich.markup import escape

from yigongti.cli import installation
from yigongti.cli.screen import Advance, out, progress, tell
from yigongti.config import configuration, refusals
from yigongti.kernel.errors import YigongtiError


@dataclass
class Finding:
    """One thing that was looked at: its problems (none is good) and what is worth knowing."""

    subject: str
    problems: list[str] = field(default_factory=list)
    note: str = ""


def look_at(subject: str, look: Callable[[], tuple[list[str], str]]) -> Finding:
    """Look at one thing; whatever goes wrong is a problem to report, not an end."""
    try:
        return Finding(subject, *look())
    except YigongtiError as error:
        return Finding(subject, [str(error)])
    except Exception as error:
        return Finding(subject, [f"{type(error).__name__}: {str(error).strip()}"])


def _configuration() -> tuple[list[str], str]:
    configured = configuration()
    reasons = refusals(configured) if configured.mode == "production" else []
    if configured.data_dir and not configured.data_dir.is_dir():
        reasons.append(f"YIGONGTI_DATA_DIR {configured.data_dir} 不是目录")
    return reasons, f"{configured.mode}，HOME {configured.home}"


def _keys() -> tuple[list[str], str]:
    from yigongti.kernel.ciphers.check import problems

    return problems(), str(configuration().keys)


def _server() -> tuple[list[str], str]:
    major = installation.require_supported(configuration().database_url or "")
    return [], f"PostgreSQL {major}，{'内置' if installation.embedded() else '外部'}"


def _role() -> tuple[list[str], str]:
    from yigongti.site.production import database_role

    role = database_role(configuration().database_url or "")
    strong = {
        "是超级用户": role.superuser,
        "可绕过行级安全": role.bypasses_row_security,
        "拥有业务表": role.owns_tables,
    }
    return [f"角色 {role.name} {what}" for what, holds in strong.items() if holds], role.name


def _migrations() -> tuple[list[str], str]:
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    from yigongti.cli.structure import WAY_OUT, lacking

    executor = MigrationExecutor(connections["default"])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    waiting = [f"未执行：{migration.app_label}.{migration.name}" for migration, _ in plan]
    missing = [] if waiting else [f"缺少{what}" for what in lacking(connections["default"])]
    return [*waiting, *missing, *([WAY_OUT] if missing else [])], f"{len(executor.loader.applied_migrations)} 项已执行"


def _policies() -> tuple[list[str], str]:
    from yigongti.kernel.policy import store

    editions, problems = store.read_folder(store.folder())
    return [str(problem) for problem in problems], f"{len(editions)} 份，{store.folder()}"


SUBJECTS = {
    "配置": _configuration,
    "密钥": _keys,
    "数据库": _server,
    "数据库角色": _role,
    "数据库结构": _migrations,
    "政策": _policies,
}
WITHOUT_DATABASE = ("配置", "密钥", "政策")


def quietly(what: str, done: int, total: int) -> None:
    """Tell nobody how far it is."""


def findings(advance: Advance = quietly) -> list[Finding]:
    """Look at everything; what needs the database is one problem when there is none."""
    try:
        with installation.database():
            installation.load_django()
            return looked_at(SUBJECTS, advance)
    except installation.DatabaseUnavailable as error:
        installation.load_django()
        return [*looked_at(WITHOUT_DATABASE, advance), Finding("数据库", [str(error)])]


def looked_at(subjects: Collection[str], advance: Advance) -> list[Finding]:
    """Look at some subjects, one after the other."""
    found: list[Finding] = []
    for subject in subjects:
        advance("检查", len(found), len(subjects))
        found.append(look_at(subject, SUBJECTS[subject]))
    advance("检查", len(found), len(subjects))
    return found


def check(as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False) -> None:
    """检查配置、密钥、数据库、角色、结构、政策；有问题时退出码为 1。"""
    with progress() as advance:
        found = findings(advance)
    ok = not any(finding.problems for finding in found)
    if as_json:
        tell({"ok": ok, "findings": [asdict(finding) for finding in found]})
    else:
        for finding in found:
            mark = "[bold red]✗[/]" if finding.problems else "[green]✓[/]"
            out.print(f"{mark} {finding.subject} [dim]{escape(finding.note)}[/]")
            for problem in finding.problems:
                out.print(f"    {escape(problem)}")
    if not ok:
        raise typer.Exit(1)
