"""A delivery with faults of every kind, and what was counted by hand."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from yigongti.kernel import clock
from yigongti.kernel.access.actor import SYSTEM
from yigongti.records.exchange.models import Load
from yigongti.records.exchange.services import receive
from yigongti.records.residents.identity import generate

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
OCTOBER, NOVEMBER, SEPTEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 9, 1)
ID1 = generate(date(1958, 3, 12), "2", "431127", 1)
ID2 = generate(date(1961, 1, 2), "1", "431127", 2)
PEOPLE = (
    "source_key,name,sex,birth_date,phone,id_number,died_on,identity_kind\n"
    f"p1,王秀英,2,1958-03-12,13800138000,{ID1},,01\n"
    f"p2,李强,1,1960-01-02,,{ID2},2026-10-10,01\n"
    "p3,,0,,,,,91\n"
    "p4,赵敏,7,1970-01-01,,,,\n"
    "p5,钱丽,2,,,,,\n"
)
VISITS = (
    "source_key,patient_key,kind,status,started_at,ended_at,department_name,practitioner_name\n"
    "v1,p1,outpatient,finished,2026-10-01 09:00,,内科,黄医生\n"
    "v2,p2,outpatient,finished,2026-10-12 09:00,,,\n"
    "v3,p1,inpatient,finished,2026-11-18 09:00,2026-11-20 10:00,内科,黄医生\n"
    "v4,p1,inpatient,finished,2026-11-19 09:00,2026-11-18 10:00,内科,黄医生\n"
    "v5,p9,outpatient,finished,2026-10-12 09:00,,,\n"
    "v3,p1,inpatient,finished,2026-11-18 09:00,2026-11-20 10:00,内科,黄医生\n"
)
VALUES = (
    "source_key,patient_key,encounter_key,code,code_system,value,unit,effective_at\n"
    "o1,p1,v1,sbp,,136,mmHg,2026-10-01 09:05\n"
    "o2,p1,v1,dbp,,86,mmHg,2026-10-01 09:05\n"
    "o3,p1,v3,sbp,,80,mmHg,2026-11-19 09:05\n"
    "o4,p1,v3,dbp,,90,mmHg,2026-11-19 09:05\n"
    "o5,p1,v1,sbp,,150,mmHg,2026-11-20 09:05\n"
    "o6,p1,v1,sbp,,136,mmHg,2026-10-01 09:05\n"
    "o7,p1,v1,9999-9,loinc,1,,2026-10-01 09:05\n"
    "o8,p1,v1,sbp,,936,mmHg,2026-10-01 09:05\n"
    "o9,p1,v1,sbp,,abc,mmHg,2026-10-01 09:05\n"
)
PROBLEMS = (
    "source_key,patient_key,code,name,onset_on\n"
    "c1,p1,O14.900,子痫前期,2026-10-01\nc2,p2,O14.900,子痫前期,2026-10-02\nc3,p2,N40.x00,前列腺增生,2026-10-02\n"
    "c4,p1,,高血压,2026-10-03\n"
)


def delivered(folder: Path, channel: str = Load.Channel.COMMAND, at: datetime = NOW, **content: str) -> Load:
    """A delivery of the hospital's HIS."""
    folder.mkdir(exist_ok=True)
    paths = []
    for name, text in content.items():
        path = folder / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    with clock.travelling(at):
        load = receive(SYSTEM, source="his", mapping="interchange", files=paths, channel=channel)
    assert load.state == "loaded", load.reason
    return load
