from django.apps import AppConfig


class DivisionsConfig(AppConfig):
    name = "wangge.divisions"
    label = "divisions"
