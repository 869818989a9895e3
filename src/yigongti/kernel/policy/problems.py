"""What is wrong with a policy file: file, line, key, and what is allowed there."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches

from yigongti.kernel.errors import Invalid


def nearest(word: str, allowed: Iterable[str]) -> str:
    """The allowed word that ``word`` was probably meant to be, or an empty string."""
    found = get_close_matches(word, list(allowed), n=1, cutoff=0.5)
    return found[0] if found else ""


def allowed_words(word: str, allowed: Iterable[str], limit: int = 12) -> str:
    """A hint in Chinese: the nearest word first, then what else is allowed."""
    words = sorted(allowed)
    meant = nearest(word, words)
    shown = "、".join(words[:limit]) + (f" 等 {len(words)} 项" if len(words) > limit else "")
    return (f"您是否要写 {meant}？" if meant else "") + f"可用：{shown}"


@dataclass(frozen=True)
class Problem:
    """One mistake in one place."""

    file: str
    line: int
    key: str
    message: str
    allowed: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line} {self.key}".rstrip()
        return f"{where}：{self.message}" + (f"（{self.allowed}）" if self.allowed else "")

    def as_dict(self) -> dict[str, object]:
        """The same for a program."""
        return asdict(self)


class PolicyRefused(Invalid):
    """A policy file that cannot be used; ``problems`` lists every mistake found."""

    kind = "policy-refused"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("；".join(map(str, self.problems)), hint="改正后再提交", field="text")
