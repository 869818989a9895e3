"""One family of errors: the same error becomes a form message, a problem+json body (RFC 9457) and a CLI line."""

UNREADABLE = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127), "�")


def readable(text: str) -> str:
    """The text with every control character but tab and line ends replaced by ``\ufffd``."""
    return text.translate(UNREADABLE)


class YigongtiError(Exception):
    """Something a person can understand and act on.

    ``message`` says what and where in Chinese, ``hint`` the way out, ``field`` the input it belongs to. What they quote
    of the input is made readable: a control character could neither be stored nor shown.
    """

    status = 400
    kind = "error"

    def __init__(self, message: str, *, hint: str = "", field: str = "", **values: object) -> None:
        self.message, self.hint, self.field = readable(message), readable(hint), readable(field)
        super().__init__(self.message)
        self.values = values

    def __str__(self) -> str:
        return f"{self.message}{'。' + self.hint if self.hint else ''}"


class Invalid(YigongtiError):
    """The input does not make sense."""

    status = 422
    kind = "invalid"


class Forbidden(YigongtiError):
    """The actor may not do this here."""

    status = 403
    kind = "forbidden"


class NotFound(YigongtiError):
    """There is no such object within the actor's reach."""

    status = 404
    kind = "not-found"


class Moved(NotFound):
    """The object became part of another one: the same address with ``after`` in the place of ``before`` leads there."""

    kind = "moved"

    def __init__(self, message: str, *, before: str, after: str) -> None:
        super().__init__(message, hint="请打开合并后的记录", before=before, after=after)
        self.before = before
        self.after = after

    def address(self, path: str) -> str:
        """The address of the other one."""
        return path.replace(self.before, self.after)


class Conflict(YigongtiError):
    """The state of things does not allow this now."""

    status = 409
    kind = "conflict"


class Stale(Conflict):
    """Someone else changed the object since the actor looked at it."""

    kind = "stale"
