from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "yigongti.kernel.policy"
    label = "policy"
    verbose_name = "规则"
