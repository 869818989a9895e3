"""From the record to a finding: what the criteria read about a resident, as far as it is known."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from yigongti.kernel import clock
from yigongti.records.health_record.models import Condition, Encounter, Observation
from yigongti.records.health_record.observations import ASSESSED, RESULTS, VITAL_SIGNS
from yigongti.records.health_record.registers import CONTROLS
from yigongti.records.residents.models import Resident

from .findings import FINDING

SIGNS = {item.code for item in VITAL_SIGNS}
LABORATORY = {item.code for item in RESULTS} | {"bmi", "gestational_weeks"}
#: how old a value may be and still speak of today
FRESH = {**dict.fromkeys(SIGNS, timedelta(days=30)), **dict.fromkeys(LABORATORY, timedelta(days=180))}
#: a statement of the treating doctor speaks as long as this
STATED = timedelta(days=30)
SEXES = {"1": "male", "2": "female"}
#: register → column of the finding
REGISTERS = {
    "hypertension": "has_hypertension",
    "diabetes": "has_diabetes",
    "copd": "has_copd",
    "stroke": "has_stroke",
    "chd": "has_chd",
    "ckd": "has_ckd",
    "pregnancy": "pregnant",
}
#: register → (column of the finding, how many visits back)
POOR_CONTROL = {"hypertension": "bp_poor_control_visits", "diabetes": "glucose_poor_control_visits"}
CONTROLLED = {"hypertension": "bp_controlled_visits", "diabetes": "glucose_controlled_visits"}
LOOK_BACK = 6
#: how far back anything here looks, and at how many values
YEARS_BACK, MOST = timedelta(days=730), 400


class Measurement(Protocol):
    """A value with its code and time: an :class:`Observation`, or as much of one as was read."""

    @property
    def code(self) -> str: ...

    @property
    def effective_at(self) -> datetime: ...

    @property
    def value(self) -> Decimal | None: ...


def finding_of(resident: Resident, *, encounter: Encounter | None, tier: str) -> dict[str, Any]:
    """The row of shape ``referral_finding`` for a resident now. Two statements.

    Values typed at ``encounter`` come first: its measurements, and its ``findings`` where they name a column.
    """
    registers = set(
        Condition.objects.in_force()
        .filter(resident=resident)
        .exclude(register="")
        .exclude(status=Condition.Status.RESOLVED)
        .values_list("register", flat=True)
    )
    return finding(
        born=resident.birth_date,
        sex=resident.sex,
        tier=tier,
        measurements=list(_measurements(resident, clock.now())),
        registers=registers,
        findings=encounter.findings if encounter else {},
    )


def finding(
    *,
    born: date,
    sex: str,
    tier: str,
    measurements: Sequence[Measurement],
    registers: Collection[str],
    findings: Mapping[str, Any],
    since: datetime | None = None,
) -> dict[str, Any]:
    """The same from what was read already. ``measurements`` newest first; ``findings`` are those of the encounter.

    ``since`` is when a patient came into care: values from then on tell how often control was reached in a row.
    """
    now = clock.now()
    known: dict[str, Any] = {"age": years(born, clock.today()), "sex": SEXES.get(sex), "tier": tier}
    for observation in measurements:
        age, code = now - observation.effective_at, observation.code
        if code in ASSESSED and age <= STATED:
            known.setdefault(code, bool(observation.value))
        elif age <= FRESH.get(code, timedelta(0)):
            known.setdefault(code, observation.value)
    known |= {column: True for register, column in REGISTERS.items() if register in registers}
    for register, column in POOR_CONTROL.items():
        if register in registers:
            known[column] = uncontrolled_in_a_row(measurements, register, known["age"])
    if since:
        inside = [observation for observation in measurements if observation.effective_at >= since]
        for register, column in CONTROLLED.items():
            if register in registers:
                known[column] = controlled_in_a_row(inside, register, known["age"])
    known |= {name: value for name, value in findings.items() if name in FINDING.columns}
    return {name: value for name, value in known.items() if name in FINDING.columns and value is not None}


def _measurements(resident: Resident, now: datetime) -> Iterable[Observation]:
    """Newest first, as far back as anything here looks."""
    return (
        Observation.objects.in_force()
        .filter(
            resident=resident,
            code__in=sorted({*FRESH, *ASSESSED}),
            value__isnull=False,
            effective_at__gt=now - YEARS_BACK,
            effective_at__lte=now,
        )
        .order_by("-effective_at", "code")[:MOST]
    )


def years(born: date, on: date) -> int:
    """Completed years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def uncontrolled_in_a_row(measurements: Iterable[Measurement], register: str, age: int) -> int:
    """How many of the latest visits in a row missed the control target (国家基本公共卫生服务规范)."""
    return _run(_missed(measurements, register, age), missed=True)


def controlled_in_a_row(measurements: Iterable[Measurement], register: str, age: int) -> int:
    """How many of the latest days in a row reached the control target with all their values."""
    return _run(_missed(measurements, register, age), missed=False)


def _missed(measurements: Iterable[Measurement], register: str, age: int) -> dict[date, bool]:
    """Day to whether any value of that day missed the target."""
    control = CONTROLS[register]
    limits = control.elder if age >= 65 else control.limits
    days: dict[date, bool] = {}
    for observation in measurements:
        if observation.code in limits:
            day = observation.effective_at.date()
            missed = (observation.value or Decimal(0)) >= limits[observation.code]
            days[day] = days.get(day, False) or missed
    return days


def _run(days: Mapping[date, bool], *, missed: bool) -> int:
    run = 0
    for day in sorted(days, reverse=True)[:LOOK_BACK]:
        if days[day] is not missed:
            break
        run += 1
    return run
