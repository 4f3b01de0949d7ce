"""What each role may do, said once more in another order."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from logix_server.accounts.models import Person
from logix_server.accounts.refusals import Forbidden
from logix_server.accounts.rights import ALLOWED, ROLES_OF, Right, Role, may, require


@dataclass(frozen=True)
class Someone:
    role: str


def rights_of(role: Role) -> set[str]:
    return {right.value for right in Right if may(Someone(role), right)}


OF_ENGINEERS = {
    *("open-ticket", "handle-ticket", "see-internal", "confirm-replacement", "request-service"),
    *("arrange-visit", "acknowledge-page", "write-article"),
}
OF_CUSTOMERS = {"open-ticket", "write-to-ticket", "request-service"}


def test_every_role_has_these_rights_and_no_others() -> None:
    assert rights_of(Role.VENDOR_MANAGER) == {right.value for right in Right} - {
        "write-to-ticket",
        "give-consent",
    }
    assert rights_of(Role.SUPPORT_ENGINEER) == OF_ENGINEERS
    assert rights_of(Role.RELEASE_MANAGER) == {"see-internal", "write-article", "announce-product"}
    assert rights_of(Role.DEALER) == OF_CUSTOMERS
    assert rights_of(Role.CUSTOMER_USER) == OF_CUSTOMERS
    assert rights_of(Role.CUSTOMER_ADMINISTRATOR) == OF_CUSTOMERS | {"manage-own-people", "give-consent"}


def test_what_is_not_a_right_of_the_role_is_forbidden() -> None:
    require(Someone("customer-administrator"), Right.GIVE_CONSENT)
    with pytest.raises(Forbidden, match="give-consent"):
        require(Someone("vendor-manager"), Right.GIVE_CONSENT)
    assert not any(may(Someone("nobody"), right) for right in Right)


def test_the_table_names_every_right_and_every_stored_role() -> None:
    assert set(ALLOWED) == set(Right)
    assert [role.value for role in Role] == Person.Role.values
    assert set().union(*ROLES_OF.values()) == set(Role)
