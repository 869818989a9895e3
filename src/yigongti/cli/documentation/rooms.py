"""Which room imports which, read from the code: the picture and the table of docs/architecture.md."""

from collections.abc import Mapping

import grimp

PACKAGE = "yigongti"
FLOORS = {
    "desks": "工作台",
    "insight": "监测与决策",
    "management": "管理",
    "insurance": "医保",
    "care": "医疗协同",
    "community": "基层与公卫",
    "medicine": "医药",
    "records": "居民与档案",
    "registry": "机构与术语",
    "kernel": "内核",
}
Room = str
"""``floor.room``."""


def imports() -> Mapping[Room, frozenset[Room]]:
    """Room → the rooms that it imports."""
    graph = grimp.build_graph(PACKAGE, cache_dir=None)
    rooms = {room for module in graph.modules if (room := room_of(module)) and graph.find_children(f"{PACKAGE}.{room}")}
    found: dict[Room, set[Room]] = {room: set() for room in sorted(rooms)}
    for module in graph.modules:
        if (importer := room_of(module)) in rooms:
            targets = {room_of(imported) for imported in graph.find_modules_directly_imported_by(module)}
            found[str(importer)] |= {str(room) for room in targets & rooms - {importer}}
    return {room: frozenset(imported) for room, imported in found.items()}


def room_of(module: str) -> Room | None:
    """Where a module stands, or None for the assembly (``site``, ``cli``) and for floors themselves."""
    parts = module.split(".")
    return ".".join(parts[1:3]) if len(parts) > 2 and parts[1] in FLOORS else None


def diagram(known: Mapping[Room, frozenset[Room]]) -> str:
    """A Mermaid picture: floors from the top down, an arrow for each import between rooms above the kernel.

    Imports that follow from others (a → b → c makes a → c) are left out.
    """
    above = {room: {r for r in rooms if _floor(r) != "kernel"} for room, rooms in known.items()}
    lines = ["```mermaid", "flowchart TB"]
    for floor, title in FLOORS.items():
        members = [room for room in known if _floor(room) == floor]
        if not members:
            continue
        lines.append(f'  subgraph {floor}["{title} {floor}"]')
        lines += [f'    {_key(room)}["{room.split(".")[1]}"]' for room in members]
        lines.append("  end")
    for room, rooms in above.items():
        if _floor(room) != "kernel":
            implied = {further for between in rooms for further in _reach(between, above)}
            lines += [f"  {_key(room)} --> {_key(target)}" for target in sorted(rooms - implied)]
    floors = [floor for floor in FLOORS if any(_floor(room) == floor for room in known)]
    lines.append(f"  {floors[-2]} ==> {floors[-1]}")
    return "\n".join([*lines, "```"])


def _reach(room: Room, known: Mapping[Room, set[Room]]) -> set[Room]:
    seen: set[Room] = set()
    waiting = [room]
    while waiting:
        fresh = known.get(waiting.pop(), set()) - seen
        seen |= fresh
        waiting += fresh
    return seen


def table(known: Mapping[Room, frozenset[Room]]) -> str:
    """Room, what it imports above the kernel, what it imports of the kernel."""
    lines = ["| room | stands on | of the kernel |", "|---|---|---|"]
    for floor in FLOORS:
        for room in (room for room in known if _floor(room) == floor):
            upper = ", ".join(f"`{r}`" for r in sorted(known[room]) if _floor(r) != "kernel")
            kernel = ", ".join(f"`{r.split('.')[1]}`" for r in sorted(known[room]) if _floor(r) == "kernel")
            lines.append(f"| `{room}` | {upper or '—'} | {kernel or '—'} |")
    return "\n".join(lines)


def _floor(room: Room) -> str:
    return room.split(".")[0]


def _key(room: Room) -> str:
    return room.replace(".", "_")
