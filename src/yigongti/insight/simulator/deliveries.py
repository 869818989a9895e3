"""What two laboratory systems of the demonstration deliver month by month, and what a hospital system says over HL7.

The people are residents of the demonstration, the values are drawn. The branch makes the slips that systems make (a
date that does not exist, a unit that is none, a missing code), each month fewer, and sends late; its last file is
corrected and sent again.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.records.exchange.mllp import services as senders
from yigongti.records.exchange.mllp import taking
from yigongti.records.exchange.models import Load
from yigongti.records.exchange.services import accept, register_source, work_off
from yigongti.records.residents.models import Resident, SourceSystem
from yigongti.registry.organizations.models import Organization

MONTHS, PEOPLE, SEED = 5, 48, 20261104
BEIJING = ZoneInfo("Asia/Shanghai")
PATIENT = ["source_key", "name", "sex", "birth_date", "identity_kind", "id_number", "phone", "address"]
REPORT = ["source_key", "patient_key", "category", "name", "effective_at", "issued_at", "practitioner_name"]
RESULT = [
    "source_key",
    "patient_key",
    "report_key",
    "code",
    "category",
    "value",
    "unit",
    "reference_low",
    "reference_high",
    "effective_at",
    "local_name",
]
#: item, name, unit, lower and upper limit, mean, spread
ITEMS = (
    ("creatinine", "血肌酐", "μmol/L", 41, 111, 78, 14),
    ("potassium", "血钾", "mmol/L", 3.5, 5.3, 4.3, 0.4),
    ("haemoglobin", "血红蛋白", "g/L", 115, 175, 142, 12),
)
Row = dict[str, object]


@dataclass(frozen=True)
class Laboratory:
    """A system that delivers: how many days after the month, and every how many results it slips (0: never)."""

    code: str
    title: str
    days: int
    slips: int


LEAD = Laboratory("county-lis", "县中心医院检验系统", 2, 60)
BRANCH = Laboratory("nanshi-lis", "楠市分院检验系统", 16, 9)


def deliver(hospital: Organization, branch: Organization) -> int:
    """Some months of both, the branch's corrected file, one that nobody can read; returns how many months and files."""
    done = 0
    with TemporaryDirectory() as folder:
        for laboratory, home in ((LEAD, hospital), (BRANCH, branch)):
            with acting(SYSTEM):
                known = SourceSystem.objects.filter(pk=laboratory.code).first()
                people = persons(home)
            source = known or register_source(
                SYSTEM, code=laboratory.code, title=laboratory.title, organization=home, kind="lis"
            )
            months = Months(laboratory, source, people, Path(folder))
            done += months.deliver()
        (Path(folder) / "结果导出.txt").write_text("样本号\t结果\n1\t4.2\n", "utf-8")
        with clock.travelling(clock.now() - timedelta(days=3)):
            work_off(SYSTEM, load_id=_accepted(source, [Path(folder) / "结果导出.txt"]).pk)
    return done + 1


def persons(home: Organization) -> list[Resident]:
    """Residents with number and telephone whom the house knows; where these are too few, others too."""
    fit = {"identity_kind": "01", "merged_into": None, "died_on": None}
    everybody = Resident.objects.filter(**fit, id_number_index__isnull=False, phone_index__isnull=False)
    known = everybody.filter(relations__organization=home).distinct().order_by("number")[100 : 100 + PEOPLE]
    return list(known) if len(known) == PEOPLE else list(everybody.order_by("number")[:PEOPLE])


class Months:
    """The files of one laboratory."""

    def __init__(self, laboratory: Laboratory, source: SourceSystem, people: Sequence[Resident], folder: Path) -> None:
        self.laboratory, self.source, self.people, self.folder = laboratory, source, people, folder

    def deliver(self) -> int:
        """All months; what was refused of the last one is corrected and sent again by the branch."""
        first = clock.today().replace(day=1)
        load = None
        for back in range(MONTHS, 0, -1):
            month = _before(first, back)
            sent = _before(first, back - 1) + timedelta(days=self.laboratory.days)
            at = min(datetime.combine(sent, time(2, 10), BEIJING), clock.now() - timedelta(hours=5))
            with clock.travelling(at):
                load = self._sent(month, slips=self.laboratory.slips and self.laboratory.slips + 2 * (MONTHS - back))
        if load is not None and load.lines_rejected and self.laboratory is BRANCH:
            with clock.travelling(clock.now() - timedelta(hours=3)):
                self._sent(_before(first, 1), slips=0, corrects=load)
        return MONTHS

    def _sent(self, month: date, slips: int, corrects: Load | None = None) -> Load:
        folder = self.folder / f"{self.laboratory.code}-{month:%Y%m}-{slips}"
        folder.mkdir()
        results = list(self._results(month))
        if slips:
            _slip(results, slips)
        files = [
            _written(folder / "patient.csv", PATIENT, [_patient(one) for one in self.people]),
            _written(folder / "diagnostic_report.csv", REPORT, self._reports(month)),
            _written(folder / "observation.csv", RESULT, results),
        ]
        load = _accepted(self.source, files, corrects)
        return work_off(SYSTEM, load_id=load.pk)

    def _taken(self, month: date) -> Iterator[tuple[Resident, str, datetime]]:
        """Who was examined: about two of three, on some morning."""
        chance = Random(f"{SEED}{self.laboratory.code}{month}")  # noqa: S311
        for person in self.people:
            day = month + timedelta(days=chance.randrange(27))
            if chance.random() < 2 / 3:
                yield person, f"{person.number}-{month:%Y%m}", datetime.combine(day, time(8, chance.randrange(60)))

    def _reports(self, month: date) -> Iterator[Row]:
        for person, key, at in self._taken(month):
            yield {
                "source_key": key,
                "patient_key": person.number,
                "category": "laboratory",
                "name": "生化与血常规",
                "effective_at": f"{at:%Y-%m-%d %H:%M}",
                "issued_at": f"{at + timedelta(hours=3):%Y-%m-%d %H:%M}",
                "practitioner_name": "检验科",
            }

    def _results(self, month: date) -> Iterator[Row]:
        chance = Random(f"{SEED}{self.laboratory.code}{month}values")  # noqa: S311
        for person, key, at in self._taken(month):
            for code, name, unit, low, high, mean, spread in ITEMS:
                yield {
                    "source_key": f"{key}-{code}",
                    "patient_key": person.number,
                    "report_key": key,
                    "code": code,
                    "category": "laboratory",
                    "value": round(chance.gauss(mean, spread), 2 if mean < 10 else 0),
                    "unit": unit,
                    "reference_low": low,
                    "reference_high": high,
                    "effective_at": f"{at:%Y-%m-%d %H:%M}",
                    "local_name": name,
                }


def _slip(results: list[Row], every: int) -> None:
    """What goes wrong in real files, each kind in its turn."""
    wrong: tuple[Row, ...] = (
        {"effective_at": "2026-02-30 08:00"},
        {"unit": "mg/mL"},
        {"code": ""},
        {"reference_low": "", "reference_high": ""},
        {"value": "4200"},
        {"report_key": "没有这份报告"},
    )
    for turn, row in enumerate(results[every - 1 :: every]):
        row.update(wrong[turn % len(wrong)])


def _patient(person: Resident) -> Row:
    return {
        "source_key": person.number,
        "name": person.name,
        "sex": person.sex,
        "birth_date": person.birth_date,
        "identity_kind": "01",
        "id_number": str(person.id_number),
        "phone": str(person.phone),
        "address": str(person.address or ""),
    }


def _written(path: Path, columns: Sequence[str], rows: Iterator[Row] | Sequence[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def _accepted(source: SourceSystem, files: Sequence[Path], corrects: Load | None = None) -> Load:
    return accept(
        SYSTEM, source=source, mapping="interchange", files=files, channel=Load.Channel.API, corrects=corrects
    )


def _before(first: date, months: int) -> date:
    """The first of the month so many months earlier."""
    year, month = divmod(first.year * 12 + first.month - 1 - months, 12)
    return date(year, month + 1, 1)


def messages(hospital: Organization) -> int:
    """A day of the hospital's HL7 line: arrivals, a correction, results, a wrong date, and somebody unknown."""
    with acting(SYSTEM):
        source = SourceSystem.objects.get(pk="county-his")
        people = persons(hospital)[:5]
    senders.register_sender(SYSTEM, application="HIS", facility="LSXZX", source=source)
    sent = list(_lines(people))
    for number, (minutes, application, event, segments) in enumerate(sent):
        at = clock.now() - timedelta(hours=20) + timedelta(minutes=minutes)
        stamp = f"{at.astimezone(BEIJING):%Y%m%d%H%M%S}"
        head = f"MSH|^~\\&|{application}|LSXZX|YGT|YGT|{stamp}||{event}|D{number:04d}|P|2.5.1||||||UNICODE UTF-8"
        with clock.travelling(at):
            taking.take("\r".join([head, f"EVN||{stamp}", *segments, ""]).replace("NOW", stamp).encode(), "10.20.1.8")
    return len(sent)


def _lines(people: Sequence[Resident]) -> Iterator[tuple[int, str, str, list[str]]]:
    for place, person in enumerate(people):
        who = _pid(person)
        visit = f"PV1|1|O|全科门诊{'|' * 16}V{place:04d}{'|' * 25}NOW"
        yield 9 * place, "HIS", "ADT^A04", [who, visit]
    if people:
        yield 60, "HIS", "ADT^A08", [_pid(people[0])]
        result = "OBX|1|NM|2823-3^血钾^LN||4.4|mmol/L|3.5-5.3|N|||F"
        order = "OBR|1|O1|R0001|BMP^电解质|||NOW|||||||||||||||NOW||LAB|F"
        yield 95, "HIS", "ORU^R01", [_pid(people[1 % len(people)]), order, result]
        yield 130, "HIS", "ADT^A28", [_pid(people[-1], born="19611301")]
        yield 150, "PACS", "ADT^A04", [_pid(people[0])]


def _pid(person: Resident, born: str = "") -> str:
    name = f"{person.name[:1]}^{person.name[1:]}"
    keys = f"{person.number}^^^LSXZX^PI~{person.id_number}^^^^NI"
    sex = {"1": "M", "2": "F"}.get(person.sex, "U")
    return f"PID|1||{keys}||{name}||{born or format(person.birth_date, '%Y%m%d')}|{sex}|||||{person.phone}"
