"""What the MSH segment of a message says, however broken the rest is. Raises nothing."""

import re
from dataclasses import dataclass

CONTROLS = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
LINE_CONTROLS = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
#: MSH-18 as Python calls it
CHARACTERS = {"UNICODE UTF-8": "utf-8", "GB 18030-2000": "gb18030", "8859/1": "latin-1", "ASCII": "ascii"}


#: HL7 table 0155: always, never, when it went wrong, when it went well
WHEN = frozenset({"AL", "NE", "ER", "SU"})


@dataclass(frozen=True)
class Header:
    """The fields that matter before a message is parsed. ``text`` is the whole message."""

    text: str
    application: str = ""
    facility: str = ""
    event: str = ""
    control_id: str = ""
    accept: str = ""
    respond: str = ""

    @property
    def enhanced(self) -> bool:
        """Whether the sender asks for two answers: one when it is stored, one when it is worked off."""
        return bool(self.accept or self.respond)


def header(raw: bytes) -> Header:
    """Read it."""
    text = decoded(raw)
    first = re.split(r"[\r\n]", text, maxsplit=1)[0]
    if not first.startswith("MSH") or len(first) < 8:
        return Header(text)
    separator = first[3]
    fields = [*(CONTROLS.sub("", part) for part in first.split(separator)), *[""] * 20]
    component = fields[1][:1] or "^"
    event = component.join(fields[8].split(component)[:2]).replace(component, "^")
    names = [part.split(component)[0] for part in fields]
    accept, respond = (name if name in WHEN else "" for name in (names[14], names[15]))
    return Header(text, names[2][:180], names[3][:180], event[:32], fields[9][:199], accept, respond)


def decoded(raw: bytes) -> str:
    """The text: in the characters that MSH-18 names, else UTF-8, else GB 18030, at worst with marks of what is lost."""
    named = next((name for word, name in CHARACTERS.items() if word.encode() in raw[:600]), "utf-8")
    for characters in (named, "utf-8", "gb18030"):
        try:
            return raw.decode(characters)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")
