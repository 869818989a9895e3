"""Facts of the formulary: who could supply which drug, when."""

from yigongti.kernel.facts.declaration import Column, declare_fact

declare_fact(
    "drug_supply",
    title="药品配备",
    grain="一家机构配备目录内一个品种的一段时期一行",
    source_room="medicine.catalogue",
    meaning="某日能供应的药品：start_on <= 该日 且（until_on 为空 或 until_on > 该日）。",
    columns=[
        Column("supply_id", "bigint", "配备"),
        Column("organization_id", "bigint", "机构"),
        Column("formulary_id", "bigint", "目录"),
        Column("drug_id", "bigint", "药品"),
        Column("drug_name", "text", "通用名"),
        Column("specification", "text", "规格"),
        Column("atc", "text", "ATC 编码", meaning="世界卫生组织药物分类；空：未填"),
        Column("category", "text", "类别"),
        Column("essential", "bool", "国家基本药物"),
        Column("start_on", "date", "起"),
        Column("until_on", "date", "止（不含）", meaning="空：至今"),
    ],
    select="""
        SELECT s.id AS supply_id, s.organization_id, d.formulary_id, d.id AS drug_id, d.name AS drug_name,
               d.specification, d.atc, d.category, d.essential, s.start AS start_on, s.until AS until_on
        FROM catalogue_supply s JOIN catalogue_drug d ON d.id = s.drug_id
    """,
)
