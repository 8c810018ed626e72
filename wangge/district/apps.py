from django.apps import AppConfig


class DistrictConfig(AppConfig):
    name = "wangge.district"
    label = "district"
