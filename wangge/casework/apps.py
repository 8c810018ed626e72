from django.apps import AppConfig
from typing_extensions import override


class CaseworkConfig(AppConfig):
    name = "wangge.casework"
    label = "casework"

    @override
    def ready(self) -> None:
        from wangge.casework import registry_holds, sealed_columns
        from wangge.kit import sealed
        from wangge.registry.services import retention

        sealed.declare(*sealed_columns.COLUMNS)
        if registry_holds.people_with_open_matters not in retention.HOLDS:
            retention.HOLDS.append(registry_holds.people_with_open_matters)
