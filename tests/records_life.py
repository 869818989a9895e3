"""What other systems sent about one resident: one row of each kind that nobody types."""

from datetime import timedelta
from decimal import Decimal

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.records.health_record.models import (
    CarePlan,
    DiagnosticReport,
    FamilyMemberHistory,
    Immunization,
    MedicationDispense,
    MedicationRequest,
    Observation,
    Procedure,
)
from yigongti.records.residents.models import Resident, SourceSystem
from yigongti.registry.organizations.models import Organization


def received(resident: Resident, home: Organization) -> DiagnosticReport:
    """What other systems sent: one of each other kind, and a report with a value of its own range."""
    at = clock.now() - timedelta(days=3)
    who = {"resident": resident, "organization": home, "source": "lis", "received_at": clock.now()}
    with acting(SYSTEM):
        SourceSystem.objects.get_or_create(code="lis", defaults={"title": "检验系统", "organization": home})
        report = DiagnosticReport.objects.create(
            **who, category="laboratory", name="血常规", effective_at=at, conclusion="白细胞偏高", source_key="r1"
        )
        Observation.objects.create(
            **who,
            report=report,
            effective_at=at,
            code="6690-2",
            code_system="loinc",
            local_name="白细胞",
            value=Decimal("12.4"),
            unit="10^9/L",
            reference_low=Decimal("3.5"),
            reference_high=Decimal("9.5"),
        )
        Procedure.objects.create(**who, code="45.2300", name="纤维结肠镜", performed_at=at)
        MedicationRequest.objects.create(
            **who, name="缬沙坦胶囊", dose="80 mg", frequency="每日一次", authored_at=at, days=14
        )
        MedicationDispense.objects.create(**who, name="缬沙坦胶囊", dispensed_at=at, quantity=28, quantity_unit="粒")
        Immunization.objects.create(**who, name="流感疫苗", occurred_at=at, dose_number=1)
        CarePlan.objects.create(**who, title="高血压管理", start=clock.today())
        FamilyMemberHistory.objects.create(**who, relationship="父亲", name="高血压")
        return report
