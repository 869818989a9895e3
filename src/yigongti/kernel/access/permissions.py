"""What a person may be allowed to do. A permission always holds at organisations (:mod:`.actor`)."""

from enum import StrEnum


class Permission(StrEnum):
    """Every permission of the platform; the value is what is stored, the docstring table is in ``docs/access.md``."""

    title: str  # type: ignore[assignment]  # not str.title

    def __new__(cls, value: str, title: str = "") -> "Permission":
        member = str.__new__(cls, value)
        member._value_ = value
        member.title = title
        return member

    RESIDENT_SEARCH = "resident.search", "查找居民"
    RESIDENT_REGISTER = "resident.register", "登记和更正居民信息"
    RECORD_READ = "record.read", "查看健康档案"
    RECORD_WRITE = "record.write", "书写健康档案"
    RECORD_EMERGENCY = "record.emergency", "紧急调阅档案"
    RECORD_SENSITIVE = "record.sensitive", "查看受保护的记录"
    OBJECTION_HANDLE = "objection.handle", "处理居民对档案的异议"
    OBJECTION_REVIEW = "objection.review", "复核居民对档案的异议"
    OWN_RECORD = "own.record", "查看自己的档案和转诊"
    INDEX_REVIEW = "index.review", "核对居民身份、合并档案"

    EXCHANGE_RECEIVE = "exchange.receive", "接收外部数据、维护来源系统"
    EXCHANGE_QUALITY = "exchange.quality", "查看来源数据质量"
    EXTRACT_REQUEST = "extract.request", "申请去标识化数据"
    EXTRACT_PREPARE = "extract.prepare", "准备去标识化数据"
    EXTRACT_APPROVE = "extract.approve", "批准去标识化数据"
    EXTRACT_RECEIVE = "extract.receive", "领取去标识化数据"

    REFERRAL_READ = "referral.read", "查看转诊"
    REFERRAL_SUBMIT = "referral.submit", "发起上转"
    REFERRAL_REVIEW = "referral.review", "本院审核转诊"
    REFERRAL_ACCEPT = "referral.accept", "受理转诊"
    REFERRAL_TREAT = "referral.treat", "接诊、结案和下转"
    REFERRAL_RECEIVE = "referral.receive", "接收下转和首次随访"
    REFERRAL_STATISTICS = "referral.statistics", "查看转诊统计"
    CASE_REASSIGN = "case.reassign", "改派经办人"

    REGISTRY_READ = "registry.read", "查看机构、人员和网格"
    ORGANIZATION_EDIT = "organization.edit", "维护机构和科室"
    CONSORTIUM_EDIT = "consortium.edit", "维护医共体"
    STAFF_EDIT = "staff.edit", "维护人员"
    PLACE_EDIT = "place.edit", "维护网格"
    TERMINOLOGY_EDIT = "terminology.edit", "维护术语"

    FORMULARY_READ = "formulary.read", "查看用药目录"
    FORMULARY_EDIT = "formulary.edit", "维护用药目录和配备"
    SHORTAGE_READ = "shortage.read", "查看缺药清单"

    INDICATOR_READ = "indicator.read", "查看指标"
    INDICATOR_REPORT = "indicator.report", "填报指标"
    INDICATOR_REVIEW = "indicator.review", "审核填报的指标"
    ALARM_HANDLE = "alarm.handle", "处理预警提示"
    EVALUATION_ANSWER = "evaluation.answer", "自评、补充材料、申诉"
    EVALUATION_CONDUCT = "evaluation.conduct", "组织考核评价"

    POLICY_READ = "policy.read", "查看规则"
    POLICY_PROPOSE = "policy.propose", "提出规则修订"
    POLICY_APPROVE = "policy.approve", "批准规则修订"
    AUDIT_READ = "audit.read", "查看审计"
    GRANT_MANAGE = "grant.manage", "授权"
    SYSTEM_OPERATE = "system.operate", "系统运维"
