from django.apps import AppConfig


class OrganizationsConfig(AppConfig):
    name = "yigongti.registry.organizations"
    label = "organizations"
    verbose_name = "机构"
