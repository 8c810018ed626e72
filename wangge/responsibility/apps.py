from django.apps import AppConfig


class ResponsibilityConfig(AppConfig):
    name = "wangge.responsibility"
    label = "responsibility"
