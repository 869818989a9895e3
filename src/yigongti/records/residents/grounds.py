"""Why a reader may open the record: the care relations in force at the moment of the reading, kept with the reading."""

from typing import Any

from yigongti.kernel.audit.reading import ground

from .models import CareRelation
from .visibility import IN_FORCE

#: what weighs most comes first
ORDER = ("emergency", "shared", "referral", "encounter", "signed", "grid", "registered")
RELATIONS = f"""
SELECT jsonb_build_object('relations', jsonb_agg(DISTINCT relation.kind)) FROM residents_carerelation relation
 WHERE relation.resident_id = entry.whose AND {IN_FORCE}
   AND relation.organization_id = ANY ((SELECT acting_organizations())::bigint[]) HAVING count(*) > 0
"""  # noqa: S608

ground(RELATIONS)


def grounds_of(data: dict[str, Any]) -> str:
    """What an entry of the audit says of the relations, in words; empty where there was none, or none was noted."""
    held = data.get("relations") or ()
    return "、".join(CareRelation.Kind(kind).label for kind in ORDER if kind in held)
