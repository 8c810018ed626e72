"""Groups: with a purpose, a basis, a review and an end; kept by the grid and the unit in charge."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from wangge.kit.crypto import decrypt
from wangge.kit.errors import Invalid, NotFound
from wangge.org import scope
from wangge.registry.models import TagKind
from wangge.registry.services import tags
from wangge.registry.services.tags import TaggedAlready

pytestmark = pytest.mark.django_db
AT = datetime(2026, 8, 31, 4, tzinfo=UTC)


@pytest.fixture
def kind(district, system):
    with scope.acting(system):
        return TagKind.objects.create(
            code="alone", name="独居老人", name_en="living alone", purpose="定期探访", legal_basis="《老年法》",
            review_months=6, expires_months=24, partners=[district.units["urban"].code],
        )  # fmt: skip


def put(by, person, **more):
    with scope.acting(by):
        return tags.tag(person_id=person.pk, kind="alone", source="入户走访", by=by, at=AT, **more)


def test_a_group_brings_purpose_basis_review_and_end(grid_member, near, kind):
    made = put(grid_member, near.head, detail="夜间需要陪护")
    assert (made.purpose, made.legal_basis) == ("定期探访", "《老年法》")
    assert (made.review_on, made.expires_on) == (date(2027, 2, 28), date(2028, 8, 31))
    assert "陪护" in decrypt(made.detail, context=f"tag:{made.pk}")
    with pytest.raises(TaggedAlready):
        put(grid_member, near.head)


@pytest.mark.parametrize("more", [{"expires_on": date(2028, 9, 1)}, {"since": date(2026, 9, 1)}])
def test_no_group_lasts_longer_or_begins_later_than_allowed(grid_member, near, kind, more):
    with pytest.raises(Invalid):
        put(grid_member, near.head, **more)


def test_the_unit_in_charge_is_a_partner_and_may_end_it(grid_member, department_clerk, near, kind, district):
    with pytest.raises(Invalid):
        put(grid_member, near.head, unit_id=district.units["housing"].pk)
    made = put(grid_member, near.head, unit_id=district.units["urban"].pk)
    with scope.acting(department_clerk):
        ended = tags.untag(tag_id=made.pk, person_id=near.head.pk, reason="已入住养老院", by=department_clerk)
    assert ended.ended_reason == "已入住养老院"


def test_strangers_neither_put_nor_end(grid_member, other_grid_member, other_department_clerk, near, kind):
    made = put(grid_member, near.head)
    for stranger in (other_grid_member, other_department_clerk):
        with pytest.raises(NotFound):
            put(stranger, near.head)
        with scope.acting(stranger), pytest.raises(NotFound):
            tags.untag(tag_id=made.pk, person_id=near.head.pk, reason="没有理由", by=stranger)
