"""Mappings and units as lines: what pages, documents and comparisons of policies show."""

from collections.abc import Iterator, Mapping

from yigongti.kernel.policy.outline import Line, describes, sourced
from yigongti.records.health_record.observations import CATALOGUE
from yigongti.records.health_record.targets import TARGETS

from .mappings import CodeMap, DeliveryMapping, Read, Write
from .measures import Units

SHOWN = 8
"""So many codes of a map stand in its line."""
FORMATS: Mapping[str, str] = {
    "csv": "表格（CSV、XLSX 或 Parquet）",
    "xlsx": "XLSX",
    "parquet": "Parquet",
    "jsonl": "JSON 行",
    "fhir": "FHIR 资源",
    "hl7": "HL7 v2 消息",
}


@describes("mapping", "映射")
def _mapping(policy: DeliveryMapping) -> Iterator[Line]:
    whole = sourced(policy, policy)
    for name, read in policy.reads.items():
        yield Line(f"reads.{name}", f"读取{read.title}", condition=read.file, consequence=_read(read), **whole)
    for name, codes in policy.codes.items():
        told = sourced(policy, codes)
        yield Line(
            f"codes.{name}", codes.title, condition=f"{len(codes.entries)} 个代码", consequence=_codes(codes), **told
        )
    for number, write in enumerate(policy.writes):
        target = TARGETS[write.target]
        columns = "、".join(target.column(name).title for name in write.columns)
        yield Line(
            f"writes.{number}",
            f"写入{target.title}",
            condition=_from(write),
            sql=write.where,
            consequence=columns,
            note="；".join(_manners(write)),
            **whole,
        )
    for number, leave in enumerate(policy.leaves):
        yield Line(
            f"leaves.{number}", "不收", condition=leave.reason, sql=leave.where, consequence="写明原因并计数", **whole
        )


def _read(read: Read) -> str:
    needed = f"必有的列：{'、'.join(read.columns)}" if read.columns else ""
    optional = f"另外 {len(read.optional)} 列可有可无" if read.optional else ""
    only = f"只读 {read.type}" if read.type else ""
    must = "必须有" if read.required else ""
    return "；".join(part for part in (FORMATS[read.format], only, needed, optional, must) if part)


def _codes(codes: CodeMap) -> str:
    """The first codes with what they become."""
    listed = list(codes.entries.items())
    shown = "、".join(
        f"{key} → {value if isinstance(value, str) else ' / '.join(value.values())}" for key, value in listed[:SHOWN]
    )
    more = f" 等 {len(listed)} 个" if len(listed) > SHOWN else ""
    return f"{shown}{more}" + (f"；其余为 {codes.otherwise}" if codes.otherwise is not None else "；其余不转换")


def _from(write: Write) -> str:
    return f"取自 {write.from_}" + ("，符合条件的行" if write.where else "，每一行")


def _manners(write: Write) -> Iterator[str]:
    if write.loose:
        yield f"没有收到过的{'、'.join(write.loose)}留空，不拒收"
    if write.keeps:
        yield "已经知道的人不改"
    if write.parts:
        yield "更正时少了的部分作废"


@describes("units", "单位换算")
def _units(policy: Units) -> Iterator[Line]:
    for unit, spellings in policy.spellings.items():
        yield Line(f"spellings.{unit}", unit, consequence=f"也写作 {'、'.join(spellings)}", **sourced(policy, policy))
    for number, one in enumerate(policy.conversions):
        items = [CATALOGUE[code] for code in one.codes]
        shift = f" {'+' if one.shift > 0 else '−'} {abs(one.shift)}" if one.shift else ""
        yield Line(
            f"conversions.{number}",
            "、".join(item.name for item in items),
            condition=f"收到的单位是 {one.unit}",
            consequence=f"数值 × {one.factor}{shift}，记作 {items[0].unit}",
            **sourced(policy, one),
        )
