"""Text that shows itself only when asked: an error page or a log of local variables sees dots."""


class Sensitive(str):
    """A string whose ``repr`` hides it; everywhere else an ordinary string."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'•••'"
