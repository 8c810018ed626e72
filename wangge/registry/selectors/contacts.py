"""Whom to call at an organisation or for an estate: sealed, shown masked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

from wangge.kit import crypto
from wangge.registry.models import EstateService, Organisation

# The envelope's context, and the subject under which a look at it is kept.
CONTEXTS: Mapping[type, str] = MappingProxyType({Organisation: "organisation", EstateService: "estate_service"})


def contact_of(row: Organisation | EstateService) -> dict[str, str]:
    """Those of legal_person, contact and phone that are known."""
    if row.sealed is None:
        return {}
    held: dict[str, str] = json.loads(crypto.decrypt(row.sealed, context=f"{CONTEXTS[type(row)]}:{row.pk}"))
    return held


def masked_contact(row: Organisation | EstateService) -> dict[str, str]:
    return {
        name: crypto.mask_phone(text) if name == "phone" else crypto.mask_name(text)
        for name, text in contact_of(row).items()
    }
