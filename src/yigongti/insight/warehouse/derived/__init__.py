"""Derived facts: a chain of small named steps over facts, each a readable SELECT.

A step reads facts and earlier steps by name, and the table ``wanted`` (``month``: the first days of the months to
compute). It gives rows with a ``month``. When a month of what it reads changes, the step is computed again for that
month and as many months after it as it looks back; nothing else.
"""

from .chain import STEPS, derive, step, steps
from .declaration import Derived

__all__ = ["STEPS", "Derived", "derive", "step", "steps"]
