from django.apps import AppConfig
from typing_extensions import override


class CaseworkConfig(AppConfig):
    name = "wangge.casework"
    label = "casework"

    @override
    def ready(self) -> None:
        from wangge.casework import sealed_columns
        from wangge.kit import sealed

        sealed.declare(*sealed_columns.COLUMNS)
