"""The starter formulary of the demonstration: drugs for the illnesses that are played, and who supplies which.

Names, classes and the mark of essential medicines are written from general knowledge (GK) of the national list of 2018
and the national treatment guides for hypertension, diabetes, coronary disease, stroke and COPD; a pharmacist corrects
them on the page or by spreadsheet. Which branch supplies what is drawn.
"""

from collections.abc import Iterator
from typing import Any

from yigongti.insight.simulator.community import Community
from yigongti.insight.simulator.lanshan import BRANCHES, FOUNDED
from yigongti.medicine.catalogue.models import Drug, Formulary, Supply
from yigongti.medicine.catalogue.names import called, separated
from yigongti.registry.consortia.models import Consortium
from yigongti.registry.organizations.models import Organization
from yigongti.registry.pinyin import keys as pinyin

ESSENTIAL = "国家基本药物目录（2018 年版）；凭通识整理（GK），可修改"
ADDED = "医共体增补，演示配置（D），可修改"
NAME = "蓝山县县域紧密型医共体统一用药目录"
CENTRE_BEDS = 60
"""Branches with as many beds supply the drugs of ``centre`` too."""

TABLE = """
苯磺酸氨氯地平片|氨氯地平片|5mg×28片|片剂|钙通道阻滞剂|C08CA01|基|all
硝苯地平控释片|硝苯地平片|30mg×7片|控释片|钙通道阻滞剂|C08CA05|基|centre
缬沙坦胶囊|缬沙坦片|80mg×28粒|胶囊|血管紧张素Ⅱ受体阻滞剂|C09CA03|基|centre
氯沙坦钾片|氯沙坦片|50mg×14片|片剂|血管紧张素Ⅱ受体阻滞剂|C09CA01||all
马来酸依那普利片|依那普利片|10mg×32片|片剂|血管紧张素转换酶抑制剂|C09AA02|基|all
卡托普利片||25mg×100片|片剂|血管紧张素转换酶抑制剂|C09AA01|基|all
酒石酸美托洛尔片|美托洛尔片、倍他乐克|25mg×20片|片剂|β受体阻滞剂|C07AB02|基|all
富马酸比索洛尔片|比索洛尔片|5mg×18片|片剂|β受体阻滞剂|C07AB07|基|centre
氢氯噻嗪片||25mg×100片|片剂|利尿剂|C03AA03|基|all
吲达帕胺缓释片|吲达帕胺片|1.5mg×10片|缓释片|利尿剂|C03BA11|基|centre
螺内酯片||20mg×100片|片剂|利尿剂|C03DA01|基|all
盐酸二甲双胍片|二甲双胍片|0.5g×48片|片剂|双胍类|A10BA02|基|all
格列美脲片||2mg×30片|片剂|磺脲类|A10BB12|基|all
格列齐特缓释片|格列齐特片|30mg×30片|缓释片|磺脲类|A10BB09||centre
阿卡波糖片||50mg×30片|片剂|α-糖苷酶抑制剂|A10BF01|基|all
达格列净片||10mg×14片|片剂|SGLT2 抑制剂|A10BK01|基|lead
恩格列净片||10mg×10片|片剂|SGLT2 抑制剂|A10BK03||lead
磷酸西格列汀片|西格列汀片|100mg×7片|片剂|DPP-4 抑制剂|A10BH01|基|centre
甘精胰岛素注射液|甘精胰岛素|3ml:300单位|注射剂|胰岛素|A10AE04|基|centre
精蛋白人胰岛素混合注射液（30R）|预混胰岛素30R|3ml:300单位|注射剂|胰岛素|A10AD01|基|all
阿司匹林肠溶片|阿司匹林片|100mg×30片|肠溶片|抗血小板药|B01AC06|基|all
硫酸氢氯吡格雷片|氯吡格雷片|75mg×7片|片剂|抗血小板药|B01AC04|基|centre
替格瑞洛片||90mg×14片|片剂|抗血小板药|B01AC24|基|lead
阿托伐他汀钙片|阿托伐他汀片|20mg×7片|片剂|他汀类|C10AA05|基|centre
辛伐他汀片||20mg×14片|片剂|他汀类|C10AA01|基|all
瑞舒伐他汀钙片|瑞舒伐他汀片|10mg×7片|片剂|他汀类|C10AA07|基|lead
单硝酸异山梨酯缓释片|单硝酸异山梨酯片|40mg×24片|缓释片|硝酸酯类|C01DA14|基|all
硝酸甘油片||0.5mg×100片|舌下片|硝酸酯类|C01DA02|基|all
盐酸曲美他嗪片|曲美他嗪片|20mg×30片|片剂|心肌代谢药|C01EB15||centre
华法林钠片|华法林片|2.5mg×60片|片剂|抗凝药|B01AA03|基|centre
利伐沙班片||10mg×5片|片剂|抗凝药|B01AF01|基|lead
尼莫地平片||30mg×50片|片剂|脑循环改善药|C08CA06|基|all
胞磷胆碱钠胶囊|胞磷胆碱胶囊|0.1g×12粒|胶囊|脑循环改善药|N06BX06|基|centre
硫酸沙丁胺醇吸入气雾剂|沙丁胺醇气雾剂|100μg×200揿|吸入剂|短效支气管舒张剂|R03AC02|基|all
异丙托溴铵吸入气雾剂|异丙托溴铵气雾剂|20μg×200揿|吸入剂|短效支气管舒张剂|R03BB01|基|centre
噻托溴铵吸入粉雾剂|噻托溴铵粉吸入剂|18μg×10粒|吸入剂|长效支气管舒张剂|R03BB04|基|centre
布地奈德福莫特罗吸入粉雾剂|信必可|160μg/4.5μg×60吸|吸入剂|长效支气管舒张剂|R03AK07|基|lead
茶碱缓释片|茶碱片|0.1g×24片|缓释片|茶碱类|R03DA04|基|all
盐酸氨溴索片|氨溴索片|30mg×20片|片剂|祛痰药|R05CB06|基|all
阿莫西林胶囊||0.25g×24粒|胶囊|青霉素类|J01CA04|基|all
头孢呋辛酯片||0.25g×12片|片剂|头孢菌素类|J01DC02|基|all
左氧氟沙星片|盐酸左氧氟沙星片|0.5g×4片|片剂|喹诺酮类|J01MA12|基|centre
布洛芬缓释胶囊|布洛芬胶囊|0.3g×20粒|胶囊|非甾体抗炎药|M01AE01|基|all
双氯芬酸钠缓释片|双氯芬酸钠片|75mg×10片|缓释片|非甾体抗炎药|M01AB05|基|centre
塞来昔布胶囊||0.2g×6粒|胶囊|非甾体抗炎药|M01AH01||lead
"""
"""Generic name, other names, specification, dosage form, class, ATC, 基 for an essential medicine, supplied by."""


def build(community: Community) -> dict[str, Any]:
    """Write the formulary and its supplies; the caller has opened the transaction."""
    formulary = Formulary.objects.create(name=NAME, consortium=Consortium.objects.get(code="LSYGT"))
    rows = [line.split("|") for line in TABLE.strip().splitlines()]
    drugs = Drug.objects.bulk_create(_drug(formulary, row) for row in rows)
    supplies = Supply.objects.bulk_create(
        Supply(drug=drug, organization=member, start=FOUNDED)
        for drug, row in zip(drugs, rows, strict=True)
        for member in _suppliers(community, row[-1])
    )
    return {"drugs": len(drugs), "supplies": len(supplies)}


def _drug(formulary: Formulary, row: list[str]) -> Drug:
    name, aliases, specification, form, category, atc, essential, _ = row
    others = separated(aliases)
    return Drug(
        formulary=formulary,
        name=name,
        aliases=aliases,
        names=called(name, others),
        pinyin=pinyin(name, *others),
        specification=specification,
        dosage_form=form,
        category=category,
        atc=atc,
        essential=bool(essential),
        source=ESSENTIAL if essential else ADDED,
        start=FOUNDED,
    )


def _suppliers(community: Community, by: str) -> Iterator[Organization]:
    """The lead has everything, the larger branches what is ``centre``, every branch what is ``all``."""
    yield community.lead
    for branch in BRANCHES:
        if by == "all" or (by == "centre" and branch.beds >= CENTRE_BEDS):
            yield community.organizations[branch.key]
