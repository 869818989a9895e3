"""The sets of indicators in force, or those of a folder."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from yigongti.kernel.errors import NotFound
from yigongti.kernel.policy.documents import read
from yigongti.kernel.policy.loading import load
from yigongti.kernel.policy.problems import PolicyRefused, Problem, allowed_words
from yigongti.kernel.policy.store import Store
from yigongti.kernel.policy.store import store as platform

from . import checking
from .definitions import Indicator, IndicatorSet
from .dictionary import FILE, Dictionary
from .engines.sources import FactSource
from .planning import Sought

ROOM = "indicators"


@dataclass(frozen=True)
class Edition:
    """A set with the hash of its text."""

    body: IndicatorSet
    hash: str


def in_force(store: Store | None = None) -> dict[str, Edition]:
    """Every set of the platform by name, with what places have approved; ``store`` may hold the files alone."""
    known = store or platform()
    names = sorted({one.name for one in known.editions() if isinstance(one.body, IndicatorSet)})
    found = (known.resolve(name) for name in names)
    return {cast(IndicatorSet, one.body).name: Edition(cast(IndicatorSet, one.body), one.hash) for one in found}


def of_folder(folder: Path, dictionary: Dictionary) -> dict[str, Edition]:
    """The sets in a folder's ``*.yaml`` (but for the dictionary of facts beside them), checked against that dictionary.

    Raises NotFound without files, PolicyRefused with every mistake in every file.
    """
    files = sorted(file for file in folder.glob("*.yaml") if file.name != FILE)
    if not files:
        raise NotFound(f"{folder} 里没有 .yaml 文件", hint="放入 kind: indicators 的定义文件")
    found: dict[str, Edition] = {}
    wrong: list[Problem] = []
    with checked_against(dictionary):
        for file in files:
            try:
                edition = _of_file(file)
                if edition.body.name in found:
                    raise _refused(file, "policy", f"指标集 {edition.body.name} 在另一个文件里已有", "名称各不相同")
                found[edition.body.name] = edition
            except PolicyRefused as refused:
                wrong += refused.problems
    if wrong:
        raise PolicyRefused(wrong)
    return found


def _of_file(file: Path) -> Edition:
    from yigongti.kernel.policy.editions import content_hash

    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise PolicyRefused([Problem(file.name, 1, "", "不是 UTF-8 编码", "另存为 UTF-8 的 YAML")]) from error
    except OSError as error:
        raise PolicyRefused([Problem(file.name, 1, "", f"读不到文件：{error.strerror}")]) from error
    body = load(text, file.name)
    if not isinstance(body, IndicatorSet):
        raise _refused(file, "kind", f"是 {body.kind}，不是指标集", "kind 应为 indicators")
    return Edition(body, content_hash(text))


def _refused(file: Path, key: str, message: str, allowed: str) -> PolicyRefused:
    """A mistake at a key of the header of a file that can be read."""
    line = read(file.read_text(encoding="utf-8-sig"), file.name).line((key,))
    return PolicyRefused([Problem(file.name, line, key, message, allowed)])


@contextmanager
def checked_against(dictionary: Dictionary) -> Iterator[None]:
    """What is loaded meanwhile is checked against this dictionary instead of the platform's."""
    before = checking.against.set(dictionary)
    try:
        yield
    finally:
        checking.against.reset(before)


def chosen(sets: Mapping[str, Edition], names: Iterable[str] = ()) -> list[str]:
    """The names of the sets (none given: all). Raises NotFound with the nearest name."""
    wanted = list(names) or list(sets)
    for name in wanted:
        if name not in sets:
            raise NotFound(f"没有指标集 {name}", hint=allowed_words(name, sets))
    return wanted


def sought(sets: Mapping[str, Edition], names: Iterable[str] = (), codes: Iterable[str] = ()) -> Iterator[Sought]:
    """The indicators of the sets ``names`` (none: all), or of ``codes``. Raises NotFound with the nearest name."""
    wanted, only = chosen(sets, names), set(codes)
    known = {
        sets[name].body.code(item): (sets[name].body, item) for name in wanted for item in sets[name].body.indicators
    }
    if missing := only - known.keys():
        code = min(missing)
        raise NotFound(f"没有指标 {code}", hint=allowed_words(code, known))
    for code, (body, item) in known.items():
        if not only or code in only:
            yield Sought(code, item, body.strata)


def readable(one: Sought, sources: Mapping[str, FactSource]) -> bool:
    """Whether every fact that the indicator reads has files: where nothing was ever delivered there is no number."""
    return all(side.fact in sources for _, side in one.item.sides())


def find(sets: Mapping[str, Edition], code: str) -> tuple[Edition, Indicator]:
    """The indicator of a code such as ``monitoring-2024/3.1``. Raises NotFound with the nearest code."""
    for edition in sets.values():
        for item in edition.body.indicators:
            if edition.body.code(item) == code:
                return edition, item
    codes = [e.body.code(i) for e in sets.values() for i in e.body.indicators]
    raise NotFound(f"没有指标 {code}", hint=allowed_words(code, codes))
