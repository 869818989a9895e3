"""Signs that a doctor may tick at a visit because a referral criterion reads them."""

from uuid import UUID

from yigongti.records.health_record.models import Condition
from yigongti.records.health_record.visit import offers_findings

from .findings import FINDING

#: what makes any visit urgent
ALWAYS = (
    *("chest_pain", "acs_suspected", "dyspnea", "headache_severe", "vomiting", "confusion", "speech_disorder"),
    *("limb_paralysis", "facial_droop", "syncope", "seizure", "gi_bleeding"),
)
#: what the criteria of a chronic disease read besides
BY_REGISTER = {
    "hypertension": ("orthopnea", "edema", "bp_fluctuating", "new_target_organ_damage", "adverse_drug_reaction"),
    "diabetes": (
        *("hyperglycemia_symptoms", "ketosis", "hypoglycemia_symptoms", "hypoglycemia_severe"),
        *("complication_eye", "complication_foot"),
    ),
    "copd": ("exacerbation", "sputum_purulent", "cyanosis", "orthopnea"),
    "pregnancy": ("vaginal_bleeding", "abdominal_pain", "membranes_ruptured", "fetal_movement_reduced"),
}


@offers_findings
def signs(resident_id: UUID) -> list[tuple[str, str]]:
    """Code and Chinese words, the urgent ones first, then those of the registers that the person is in."""
    found = Condition.objects.in_force().filter(resident=resident_id, register__in=BY_REGISTER)
    registers = set(found.exclude(status=Condition.Status.RESOLVED).values_list("register", flat=True))
    wanted = dict.fromkeys(ALWAYS)
    for register, names in BY_REGISTER.items():
        if register in registers:
            wanted |= dict.fromkeys(names)
    return [(name, FINDING.columns[name].label) for name in wanted]
