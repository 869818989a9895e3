"""``yigongti terminology`` and ``yigongti places``: load the national tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from yigongti.cli.installation import database, load_django
from yigongti.cli.screen import notes, out, progress, tell

if TYPE_CHECKING:
    from yigongti.registry.terminology.loading import Loaded

terminology = typer.Typer(help="术语：疾病和手术代码、诊疗科目等", no_args_is_help=True)
places = typer.Typer(help="行政区划", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="存放代码表的文件夹", exists=True, file_okay=False)]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]


@terminology.command("import")
def import_terminology(folder: Folder, as_json: Json = False) -> None:
    """装入国家疾病（ZD_INFO.dat）和手术（SS_INFO.dat）代码表；重复装入不会改变已有内容。"""
    with database():
        load_django()
        from yigongti.kernel.access.actor import SYSTEM
        from yigongti.registry.terminology.loading import load_national

        with progress() as advance:
            loaded = load_national(SYSTEM, folder, advance=advance)
    _tell_loaded(loaded, as_json)


def _tell_loaded(loaded: Mapping[str, "Loaded"], as_json: bool) -> None:
    """What became of the rows of each code system."""
    if as_json:
        tell(
            {
                code: {"read": done.read, "added": len(done.added), "changed": len(done.changed),
                       "unchanged": len(done.unchanged), "rejected": {n: str(e) for n, e in done.rejected.items()}}
                for code, done in loaded.items()
            }
        )  # fmt: skip
        return
    for code, done in loaded.items():
        out.print(f"{code}：{done}")
        for line, error in done.rejected.items():
            notes.print(f"  第 {line} 行：{escape(str(error))}")


@terminology.command()
def starter(as_json: Json = False) -> None:
    """装入随平台提供的常用代码（只补缺，不覆盖）。"""
    with database():
        load_django()
        from yigongti.kernel.access.actor import SYSTEM
        from yigongti.registry.terminology.loading import load_starter

        with progress() as advance:
            loaded = load_starter(SYSTEM, advance=advance)
    _tell_loaded(loaded, as_json)


@places.command("import")
def import_places(
    folder: Folder,
    county: Annotated[list[str] | None, typer.Option(help="只装入这些县区（6 位代码）的乡镇和村；可多次给出")] = None,
    as_json: Json = False,
) -> None:
    """装入全国省、市、县，以及所选县区的乡镇（街道）和村（社区）。"""
    with database():
        load_django()
        from yigongti.kernel.access.actor import SYSTEM
        from yigongti.registry.places.loading import load_areas

        with progress() as advance:
            done = load_areas(SYSTEM, folder, counties=county, advance=advance)
    if as_json:
        tell(vars(done))
        return
    out.print(str(done))
    for reason in done.rejected:
        notes.print(f"  {escape(reason)}")
