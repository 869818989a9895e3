"""The command ``yigongti``."""

import typer

from yigongti.cli.screen import Plain

app = typer.Typer(
    cls=Plain,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="医共体平台：启动、检查、备份、审计、政策、密钥",
)


@app.callback()
def root() -> None:
    """医共体平台。配置用环境变量 YIGONGTI_…，见 docs/operations.md。"""


def _mount() -> None:
    """Hang every command in; the modules behind them are imported only when the command line needs them."""
    from yigongti.cli import (
        accounts,
        auditing,
        backups,
        checking,
        evaluation,
        inbox,
        indicators,
        ingesting,
        linking,
        messages,
        quality,
        registry,
        serving,
        tools,
        warehouse,
    )
    from yigongti.kernel.ciphers import command as keys
    from yigongti.kernel.facts import command as facts
    from yigongti.kernel.policy import command as policy

    app.command()(serving.up)
    app.command()(serving.demo)
    app.command()(checking.check)
    app.command()(backups.backup)
    app.command()(backups.restore)
    app.command()(ingesting.ingest)
    app.command()(inbox.inbox)
    app.command()(linking.link)
    app.command()(quality.quality)
    app.command(hidden=True)(tools.worker)
    app.command()(messages.mllp)
    app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(tools.manage)
    app.add_typer(accounts.app, name="account")
    app.add_typer(auditing.app, name="audit")
    app.add_typer(keys.app, name="keys")
    app.add_typer(facts.app, name="facts")
    app.add_typer(evaluation.app, name="evaluation")
    app.add_typer(registry.terminology, name="terminology")
    app.add_typer(registry.places, name="places")
    app.add_typer(policy.app, name="policy")
    app.add_typer(warehouse.app, name="warehouse")
    app.add_typer(indicators.app, name="indicators")
    app.add_typer(messages.app, name="messages")


_mount()
