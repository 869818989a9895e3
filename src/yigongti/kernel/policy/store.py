"""Which edition is in force: by name, place and day. Files and approved overrides, kept in memory.

Resolving costs no SQL: a process looks at the files' stamps and at the overrides' stamp at most every
``LOOK_EVERY`` seconds, so a change is seen everywhere within that time.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import RLock

from yigongti.config import configuration
from yigongti.kernel import clock
from yigongti.kernel.errors import NotFound
from yigongti.kernel.policy import bodies, rules
from yigongti.kernel.policy.editions import Edition, edition
from yigongti.kernel.policy.loading import load
from yigongti.kernel.policy.problems import PolicyRefused, Problem, allowed_words

LOOK_EVERY = 5.0
CASES = "cases"
log = logging.getLogger(__name__)
GENERAL_KINDS = (rules.Rules, bodies.Clocks, bodies.Reasons, bodies.Checklists, bodies.Gate, bodies.Settings)
Place = str | Sequence[str] | None


@cache
def folder() -> Path:
    """The folder of the policy files: configured, else of this checkout, else shipped in the wheel."""
    if configured := configuration().policies_dir:
        return configured
    checkout = Path(__file__).parents[4] / "policies"
    return checkout if checkout.is_dir() else Path(str(files("yigongti") / "_policies"))


def policy_files(root: Path) -> list[Path]:
    """Every policy file; the folder of cases beside them is left out."""
    return sorted(path for path in root.rglob("*.yaml") if path.relative_to(root).parts[0] != CASES)


def policy_of(path: Path, root: Path) -> str:
    """The policy that a file must declare: ``referral/down@2025.yaml`` holds ``referral/down``."""
    return path.relative_to(root).with_suffix("").as_posix().split("@")[0]


def read_file(path: Path, root: Path | None = None) -> Edition:
    """The edition in a file; inside ``root`` it must declare the policy of its path. Raises :class:`PolicyRefused`."""
    shown = path.relative_to(root).as_posix() if root else str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PolicyRefused([Problem(shown, 1, "", "文件不是 UTF-8 编码")]) from error
    policy = load(text, shown)
    if root and policy.policy != policy_of(path, root):
        problem = Problem(shown, 1, "policy", f"写的是 {policy.policy}", f"此文件应为 {policy_of(path, root)}")
        raise PolicyRefused([problem])
    return edition(policy, text, shown)


def read_folder(root: Path) -> tuple[list[Edition], list[Problem]]:
    """Every edition in the folder, and every mistake."""
    found: list[Edition] = []
    problems: list[Problem] = []
    for path in policy_files(root):
        try:
            found.append(read_file(path, root))
        except PolicyRefused as refused:
            problems.extend(refused.problems)
    return found, problems + clashes(found)


def clashes(editions: Iterable[Edition]) -> list[Problem]:
    """Editions of one policy that begin on the same day in the same place: nothing says which is in force."""
    seen: dict[tuple[str, str | None, date], Edition] = {}
    problems = []
    for one in editions:
        key = (one.name, one.place, one.body.effective.from_)
        if key in seen:
            other = seen[key].origin
            problems.append(Problem(one.origin, 1, "effective.from", f"与 {other} 同地同日生效", "改生效日期或地区"))
        seen.setdefault(key, one)
    return problems


def reach(place: Place) -> list[str | None]:
    """From the most specific place to everyone: a county's area code falls back to its city and province."""
    result: list[str | None] = []
    for code in [place] if isinstance(place, str) else list(place or []):
        steps = [code[:length] for length in (12, 9, 6, 4, 2) if len(code) >= length] if code.isdigit() else [code]
        result.extend(step for step in steps if step not in result)
    return [*result, None]


class Overrides:
    """Where approved overrides come from: a cheap stamp that changes with them, and the editions."""

    def __init__(self, stamp: Callable[[], object], editions: Callable[[], Iterable[Edition]]) -> None:
        self.stamp = stamp
        self.editions = editions


class Store:
    """All editions in memory."""

    def __init__(self, root: Path, overrides: Overrides | None = None) -> None:
        self.root = root
        self.overrides = overrides
        self._lock = RLock()
        self._looked = float("-inf")
        self._stamps: tuple[object, object] = (None, None)
        self._shelf: Mapping[tuple[str, str | None], list[Edition]] = {}
        self._files: list[Edition] = []

    def forget(self) -> None:
        """Look again at the next question (after an approval in this process, or in a test)."""
        self._looked = float("-inf")

    def editions(self) -> list[Edition]:
        """Every edition known."""
        self._refresh()
        return [one for shelf in self._shelf.values() for one in shelf]

    def resolve(self, name: str, place: Place = None, on: date | None = None) -> Edition:
        """The edition in force: the most specific place, then the latest start up to the day (default today)."""
        self._refresh()
        day = on or clock.today()
        for code in reach(place):
            for one in self._shelf.get((name, code), ()):
                if one.in_force(day):
                    return one
        names = {known for known, _ in self._shelf}
        if name not in names:
            raise NotFound(f"没有政策 {name}", hint=allowed_words(name, names), field="policy")
        starts = "、".join(sorted(str(one.body.effective.from_) for one in self.editions() if one.name == name))
        raise NotFound(f"政策 {name} 在 {day} 没有生效的版本", hint=f"各版本生效日期：{starts}", field="on")

    def _refresh(self) -> None:
        if time.monotonic() - self._looked < LOOK_EVERY:
            return
        if not self._lock.acquire(blocking=not self._shelf):
            return  # another thread is looking; what is known serves until then
        try:
            stamps = (self._file_stamp(), self.overrides.stamp() if self.overrides else None)
            if stamps != self._stamps:
                if stamps[0] != self._stamps[0]:
                    self._files = self._read_files()
                self._shelf = _shelved([*self._files, *(self.overrides.editions() if self.overrides else ())])
                self._stamps = stamps
            self._looked = time.monotonic()
        finally:
            self._lock.release()

    def _file_stamp(self) -> object:
        stats = ((path, path.stat()) for path in policy_files(self.root))
        return tuple((path, stat.st_mtime_ns, stat.st_size) for path, stat in stats)

    def _read_files(self) -> list[Edition]:
        found, problems = read_folder(self.root)
        if not problems:
            return found
        if not self._files:
            raise PolicyRefused(problems)
        log.error("policy files changed and are refused; the former ones stay in force: %s", PolicyRefused(problems))
        return self._files


def _shelved(editions: Iterable[Edition]) -> Mapping[tuple[str, str | None], list[Edition]]:
    """By name and place, the latest start first; an override from the database before a file of the same day."""
    shelf: defaultdict[tuple[str, str | None], list[Edition]] = defaultdict(list)
    for one in editions:
        shelf[one.name, one.place].append(one)
    for listed in shelf.values():
        listed.sort(key=lambda one: (one.body.effective.from_, one.origin == "database"), reverse=True)
    return dict(shelf)


@cache
def store() -> Store:
    """The store of this process."""
    return Store(folder())


def resolve(name: str, place: Place = None, on: date | None = None) -> Edition:
    """The edition of a policy in force at a place (most specific code first) on a day; see :class:`Store`."""
    return store().resolve(name, place, on)
