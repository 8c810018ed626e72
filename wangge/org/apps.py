from django.apps import AppConfig
from typing_extensions import override


class OrgConfig(AppConfig):
    name = "wangge.org"
    label = "org"

    @override
    def ready(self) -> None:
        from wangge.kit import sealed
        from wangge.org.services.people import PHONE

        sealed.declare(sealed.SealedColumn("org_user", "phone_encrypted", PHONE))
