"""The formulary of the small county: three drugs for blood pressure and one for lipids, the west supplies fewer."""

from dataclasses import dataclass, field

from registry.community import LONG_AGO, County, actor_at

from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.medicine.catalogue import services
from yigongti.medicine.catalogue.models import Drug, Formulary

CALCIUM, SARTAN, STATIN = "钙通道阻滞剂", "血管紧张素Ⅱ受体阻滞剂", "他汀类"
DRUGS = [
    # name, specification, class, essential, other names, who supplies it
    ("苯磺酸氨氯地平片", "5mg×28片", CALCIUM, True, "氨氯地平片、络活喜", ("hospital", "east", "west")),
    ("缬沙坦胶囊", "80mg×28粒", SARTAN, True, "", ("hospital", "east")),
    ("氯沙坦钾片", "50mg×14片", SARTAN, False, "", ("hospital", "west")),
    ("阿托伐他汀钙片", "20mg×7片", STATIN, False, "立普妥", ("hospital",)),
]


@dataclass
class Shelf:
    """The formulary, its drugs by name, and the pharmacists of the lead and of the east."""

    county: County
    formulary: Formulary
    drugs: dict[str, Drug] = field(default_factory=dict)

    @property
    def pharmacist(self) -> Actor:
        """At the lead hospital."""
        return actor_at("pharmacist", self.county.hospital)

    @property
    def eastern(self) -> Actor:
        """At a member."""
        return actor_at("pharmacist", self.county.east)


def shelf(county: County) -> Shelf:
    """Open the formulary and fill it."""
    made = Shelf(county, services.open_formulary(SYSTEM, name="蓝山县医共体统一用药目录", consortium=county.consortium))
    for name, specification, category, essential, aliases, places in DRUGS:
        drug = services.add_drug(
            SYSTEM,
            formulary=made.formulary,
            name=name,
            specification=specification,
            dosage_form="片剂",
            category=category,
            essential=essential,
            aliases=aliases,
            start=LONG_AGO,
        )
        made.drugs[name] = drug
        for place in places:
            services.supply(SYSTEM, drug=drug, organization=getattr(county, place), start=LONG_AGO)
    return made
