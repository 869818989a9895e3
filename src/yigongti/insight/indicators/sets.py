"""The sets of indicators in force, or those of a folder."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from yigongti.kernel.errors import Invalid, NotFound
from yigongti.kernel.policy.loading import load
from yigongti.kernel.policy.problems import allowed_words
from yigongti.kernel.policy.store import Store
from yigongti.kernel.policy.store import store as platform

from . import checking
from .definitions import Indicator, IndicatorSet
from .dictionary import Dictionary
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
    """The sets in a folder's ``*.yaml``, checked against another dictionary. Raises PolicyRefused or Invalid."""
    from yigongti.kernel.policy.editions import content_hash

    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise NotFound(f"{folder} 里没有 .yaml 文件", hint="放入 kind: indicators 的定义文件")
    found: dict[str, Edition] = {}
    with checked_against(dictionary):
        for file in files:
            text = _text(file)
            body = load(text, file.name)
            if not isinstance(body, IndicatorSet):
                raise Invalid(f"{file.name} 是 {body.kind}，不是指标集", hint="kind 应为 indicators")
            if body.name in found:
                raise Invalid(f"{file.name}：指标集 {body.name} 在另一个文件里已有", hint="每个文件一个 policy 名称")
            found[body.name] = Edition(body, content_hash(text))
    return found


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"{file.name} 不是 UTF-8 编码", hint="另存为 UTF-8 的 YAML") from error


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


def find(sets: Mapping[str, Edition], code: str) -> tuple[Edition, Indicator]:
    """The indicator of a code such as ``monitoring-2024/3.1``. Raises NotFound with the nearest code."""
    for edition in sets.values():
        for item in edition.body.indicators:
            if edition.body.code(item) == code:
                return edition, item
    codes = [e.body.code(i) for e in sets.values() for i in e.body.indicators]
    raise NotFound(f"没有指标 {code}", hint=allowed_words(code, codes))
