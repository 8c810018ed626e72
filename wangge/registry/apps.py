from django.apps import AppConfig
from typing_extensions import override


class RegistryConfig(AppConfig):
    name = "wangge.registry"
    label = "registry"

    @override
    def ready(self) -> None:
        from wangge.kit import sealed
        from wangge.registry import sealed_columns

        sealed.declare(*sealed_columns.COLUMNS)
