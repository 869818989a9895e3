"""Roles as readable code: who comes to the platform and what each may do at the organisation of the grant."""

from typing import ClassVar

from .permissions import Permission

P = Permission


class Role:
    """A role: ``code`` is stored in grants, ``title`` and ``description`` are what people read.

    ``purpose`` is why people in the role look at records, as the audit writes it down.
    ``privileged`` roles steer the platform or see across organisations: they log in with a second factor.
    """

    code: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    permissions: ClassVar[frozenset[P]]
    purpose: ClassVar[str] = "诊疗"
    privileged: ClassVar[bool] = False
    registry: ClassVar[dict[str, type["Role"]]] = {}

    def __init_subclass__(cls) -> None:
        Role.registry[cls.code] = cls


CARE = frozenset(
    {
        P.RESIDENT_SEARCH,
        P.RESIDENT_REGISTER,
        P.RECORD_READ,
        P.RECORD_WRITE,
        P.RECORD_SENSITIVE,
        P.RECORD_EMERGENCY,
        P.OBJECTION_HANDLE,
    }
)
LOOK = frozenset({P.REGISTRY_READ, P.POLICY_READ, P.FORMULARY_READ})


class Resident(Role):
    code = "resident"
    purpose = "本人查看"
    title = "居民"
    description = "看自己的转诊进度、检查结果、家庭医生，出示健康码，查看谁读过自己的档案"
    permissions = frozenset({P.OWN_RECORD})


class VillageDoctor(Role):
    code = "village-doctor"
    title = "乡村医生"
    description = "村卫生室医生：随访、上转、接收下转"
    permissions = CARE | LOOK | {P.INDICATOR_READ, P.REFERRAL_READ, P.REFERRAL_SUBMIT, P.REFERRAL_RECEIVE}


class FamilyDoctor(Role):
    code = "family-doctor"
    title = "家庭医生"
    description = "乡镇卫生院、社区卫生服务中心的全科医生：随访、一键上转、接收下转、首次随访"
    permissions = CARE | LOOK | {P.INDICATOR_READ, P.REFERRAL_READ, P.REFERRAL_SUBMIT, P.REFERRAL_RECEIVE}


class ReferralOffice(Role):
    code = "referral-office"
    title = "转诊办"
    description = "受理转诊：接收、改派、要求补充、退回；办理本院审核和院外转诊"
    permissions = LOOK | {
        P.INDICATOR_READ,
        P.RESIDENT_SEARCH,
        P.RECORD_READ,
        P.REFERRAL_READ,
        P.REFERRAL_REVIEW,
        P.REFERRAL_ACCEPT,
        P.REFERRAL_STATISTICS,
        P.CASE_REASSIGN,
    }


class Specialist(Role):
    code = "specialist"
    title = "专科医生"
    description = "接诊转来的病人，写回复函，病情稳定后带方案下转"
    permissions = CARE | LOOK | {P.INDICATOR_READ, P.REFERRAL_READ, P.REFERRAL_TREAT}


class Pharmacist(Role):
    code = "pharmacist"
    purpose = "药事管理"
    title = "药师"
    description = "维护用药目录和各成员的配备，处理下转方案里接收机构缺的药；看不到居民姓名和档案"
    permissions = LOOK | {P.FORMULARY_EDIT, P.SHORTAGE_READ}


class Director(Role):
    code = "director"
    purpose = "管理"
    title = "院长"
    description = "成员单位负责人：看本院转诊与时限，审核、改派，查看统计"
    permissions = LOOK | {
        P.INDICATOR_READ,
        P.ALARM_HANDLE,
        P.INDICATOR_REPORT,
        P.EVALUATION_ANSWER,
        P.EXCHANGE_QUALITY,
        P.RESIDENT_SEARCH,
        P.RECORD_READ,
        P.REFERRAL_READ,
        P.REFERRAL_REVIEW,
        P.REFERRAL_STATISTICS,
        P.SHORTAGE_READ,
        P.OBJECTION_HANDLE,
        P.OBJECTION_REVIEW,
        P.CASE_REASSIGN,
        P.STAFF_EDIT,
        P.ORGANIZATION_EDIT,
        P.EXTRACT_REQUEST,
        P.EXTRACT_RECEIVE,
    }


class Council(Role):
    code = "council"
    purpose = "管理"
    privileged = True
    title = "医共体理事会"
    description = "看整个医共体的转诊和超时事项，提出和批准规则修订，维护成员"
    permissions = LOOK | {
        P.INDICATOR_READ,
        P.ALARM_HANDLE,
        P.INDICATOR_REVIEW,
        P.EVALUATION_ANSWER,
        P.EVALUATION_CONDUCT,
        P.EXCHANGE_QUALITY,
        P.REFERRAL_STATISTICS,
        P.POLICY_PROPOSE,
        P.POLICY_APPROVE,
        P.CONSORTIUM_EDIT,
        P.ORGANIZATION_EDIT,
        P.STAFF_EDIT,
        P.EXTRACT_REQUEST,
        P.EXTRACT_APPROVE,
        P.EXTRACT_RECEIVE,
    }


class Commission(Role):
    code = "commission"
    purpose = "监管"
    privileged = True
    title = "卫生健康委"
    description = "监测全县转诊，维护机构、医共体和网格，批准规则"
    permissions = LOOK | {
        P.INDICATOR_READ,
        P.ALARM_HANDLE,
        P.INDICATOR_REPORT,
        P.INDICATOR_REVIEW,
        P.EVALUATION_CONDUCT,
        P.EXCHANGE_QUALITY,
        P.REFERRAL_STATISTICS,
        P.POLICY_APPROVE,
        P.CONSORTIUM_EDIT,
        P.ORGANIZATION_EDIT,
        P.STAFF_EDIT,
        P.PLACE_EDIT,
        P.EXTRACT_REQUEST,
        P.EXTRACT_APPROVE,
        P.EXTRACT_RECEIVE,
    }


class InsuranceBureau(Role):
    code = "insurance-bureau"
    purpose = "医保管理"
    privileged = True
    title = "医保经办"
    description = "看全县转诊的数量、去向和县域内就医占比，打开不含姓名的明细；不看病历"
    permissions = LOOK | {P.INDICATOR_READ, P.INDICATOR_REPORT, P.REFERRAL_STATISTICS}


class DataOffice(Role):
    code = "data-office"
    purpose = "运维"
    privileged = True
    title = "信息科"
    description = "维护机构、人员、网格和术语，接收外部系统的数据，批量导入导出，系统运维"
    permissions = LOOK | {
        P.INDICATOR_READ,
        P.INDICATOR_REPORT,
        P.EXCHANGE_QUALITY,
        P.EXCHANGE_RECEIVE,
        P.INDEX_REVIEW,
        P.ORGANIZATION_EDIT,
        P.STAFF_EDIT,
        P.PLACE_EDIT,
        P.TERMINOLOGY_EDIT,
        P.SYSTEM_OPERATE,
        P.EXTRACT_REQUEST,
        P.EXTRACT_PREPARE,
    }


class Auditor(Role):
    code = "auditor"
    purpose = "审计"
    privileged = True
    title = "审计员"
    description = "查看谁在何时读写了什么，检查审计链"
    permissions = LOOK | {P.AUDIT_READ}


class Administrator(Role):
    code = "administrator"
    purpose = "管理"
    privileged = True
    title = "系统管理员"
    description = "账号与授权；看不到居民档案"
    permissions = LOOK | {P.GRANT_MANAGE, P.SYSTEM_OPERATE, P.AUDIT_READ}


class ExternalSystem(Role):
    code = "system"
    purpose = "接口"
    title = "外部系统"
    description = "医院的 HIS、LIS 等系统，以令牌调用接口"
    permissions = LOOK | {
        P.RESIDENT_SEARCH,
        P.RECORD_READ,
        P.RECORD_WRITE,
        P.EXCHANGE_RECEIVE,
        P.REFERRAL_READ,
        P.REFERRAL_SUBMIT,
    }


class Machine(Role):
    code = "machine"
    title = "平台"
    description = "平台自己的定时任务；不授予任何人"
    permissions = frozenset(P)
