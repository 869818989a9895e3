"""Contrast AA (WCAG 2.2, 1.4.3): every text colour on every ground it is used on, in both themes."""

import re
from itertools import product

import pytest

from yigongti.kernel.ui.assets import ROOM

TOKENS = (ROOM / "static/ui/tokens.css").read_text(encoding="utf-8")
BLOCKS = dict(zip(("light", "dark"), re.findall(r"\{([^}]*color-scheme[^}]*)\}", TOKENS), strict=True))
GROUNDS = ("surface", "canvas", "raised")
PAIRS = [
    *product(("ink", "muted", "accent", "accent-strong", "danger", "warn"), GROUNDS),
    ("accent-strong", "accent-soft"),
    ("danger", "danger-soft"),
    ("warn", "warn-soft"),
    ("ink", "accent-soft"),
    ("ink", "line-soft"),
    ("on-accent", "accent"),
]


def luminance(colour: str) -> float:
    """Relative luminance of ``#rgb`` or ``#rrggbb``."""
    digits = colour.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    channels = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read(theme: str) -> None:
    colours = dict(re.findall(r"--y-([a-z-]+): (#[0-9a-f]{3,6})", BLOCKS[theme]))
    weak = {}
    for text, ground in PAIRS:
        low, high = sorted((luminance(colours[text]), luminance(colours[ground])))
        if (ratio := (high + 0.05) / (low + 0.05)) < 4.5:
            weak[text, ground] = round(ratio, 2)
    assert weak == {}
