"""HL7 v2 messages as flat JSON: ``"PID-5.1"`` is the first component of the fifth field of the PID segment.

A second repetition of a field is ``PID-3[2].1``, a subcomponent ``PID-5.1.2``. Where a read asks for a segment that
repeats (OBX), each of them makes a row, together with the segments of the message that stand only once before it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import hl7

from . import hl7_patient

SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}")
#: MLLP frames that a file may still carry around its messages
FRAME = str.maketrans({"\x0b": "", "\x1c": ""})


@dataclass(frozen=True)
class Row:
    """One row of a file of messages: the flat message, its event (``ADT^A01``) and control id, or what is wrong.

    ``kept`` is what a whole message tells of the person beyond the columns (:mod:`.hl7_patient`).
    """

    document: str = ""
    event: str = ""
    control_id: str = ""
    kept: str | None = None
    fault: str = ""


def messages(text: str, segment: str = "") -> Iterator[Row]:
    """The rows of all messages in ``text``; with ``segment`` one for each such segment of a message."""
    for one in split(text):
        try:
            yield from rows(one, segment)
        except Exception as error:  # broken text fails in many ways inside the library
            yield Row(fault=f"不是有效的 HL7 消息：{str(error)[:120]}")


def split(text: str) -> list[str]:
    """The messages of a file, each from its MSH on, with CR between segments."""
    plain = re.sub(r"\r\n|\n", "\r", text.translate(FRAME)).strip("\r\ufeff ")
    found = [part.strip("\r ") for part in re.split(r"\r+(?=MSH[^A-Z0-9\s])", plain)]
    return [part for part in found if part]


def rows(text: str, segment: str = "") -> Iterator[Row]:
    """The rows of one message. Raises HL7Exception and ValueError on a message that is none."""
    if not text.startswith("MSH") or len(text) < 8:
        raise ValueError("应以 MSH 段开头")
    message = hl7.parse(text)
    head = _flat(message[0])
    event = "^".join(part for part in (head.get("MSH-9.1"), head.get("MSH-9.2")) if part)
    control = head.get("MSH-10.1", "")
    flat = [(_named(part), _flat(part)) for part in message]
    once: dict[str, str] = {}
    repeated: list[dict[str, str]] = []
    for name, fields in flat:
        if name == segment:
            repeated.append({**once, **fields})
        else:
            once.update(fields)
    if segment:
        yield from (Row(json.dumps(fields, ensure_ascii=False), event, control) for fields in repeated)
    else:
        yield Row(json.dumps(once, ensure_ascii=False), event, control, hl7_patient.kept(flat))


def _named(segment: hl7.Segment) -> str:
    name = str(segment[0])
    if not SEGMENT.fullmatch(name):
        raise ValueError(f"没有段 {name[:10]}")
    return name


def _flat(segment: hl7.Segment) -> dict[str, str]:
    """Every value of a segment under its path; empty ones are left out, ``""`` (HL7 for: delete) is kept as it is."""
    name = str(segment[0])
    found: dict[str, str] = {}
    for number, field in enumerate(segment[1:], start=1):
        if name == "MSH" and number <= 2:
            found[f"MSH-{number}"] = str(field)
            continue
        repetitions = list(field) if isinstance(field, hl7.Field) else [field]
        for place, repetition in enumerate(repetitions, start=1):
            again = f"[{place}]" if place > 1 else ""
            components = list(repetition) if isinstance(repetition, hl7.Repetition) else [repetition]
            for nth, component in enumerate(components, start=1):
                _component(found, f"{name}-{number}{again}.{nth}", component, segment)
    return found


def _component(found: dict[str, str], path: str, component: object, segment: hl7.Segment) -> None:
    parts = list(component) if isinstance(component, hl7.Component) else [component]
    for place, part in enumerate(parts, start=1):
        text = _unescaped(str(part), segment)
        if text:
            found[path if place == 1 else f"{path}.{place}"] = text


ESCAPES = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\", ".br": "\n"}


def _unescaped(text: str, segment: hl7.Segment) -> str:
    """``\\T\\`` and its kind as the characters they stand for."""
    if "\\" not in text:
        return text.strip()
    return re.sub(r"\\(F|S|T|R|E|\.br)\\", lambda found: ESCAPES[found.group(1)], text).strip()


def acknowledged(text: str, code: str, control_id: str, words: str = "", at: str = "") -> str:
    """The ACK of a message: AA taken, AE the content is wrong, AR not taken at all. Raises nothing."""
    head = text.split("\r", 1)[0].split("|")
    sender = (head + [""] * 12)[2:6]
    version = (head + [""] * 12)[11] or "2.5"
    plain = re.sub(r"[\r\n|^~&\\]", " ", words)[:200]
    event = (head + [""] * 12)[8].split("^")
    kind = f"ACK^{event[1]}^ACK" if len(event) > 1 else "ACK"
    msh = f"MSH|^~\\&|YIGONGTI||{sender[0]}|{sender[1]}|{at}||{kind}|{control_id or '0'}A|P|{version}||||||UTF-8"
    return f"{msh}\rMSA|{code}|{control_id}|{plain}\r"
