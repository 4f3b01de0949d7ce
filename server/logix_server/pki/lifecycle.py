"""Which state of an authority, and of a device certificate, may follow which. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from logix_common.transitions import Transitions


class AuthorityState(StrEnum):
    """The states of `pki.models.Authority`."""

    NEXT = "next"
    ISSUING = "issuing"
    RETIRING = "retiring"
    RETIRED = "retired"


AUTHORITY: Final = Transitions(
    "authority",
    {
        AuthorityState.NEXT: {AuthorityState.ISSUING},
        AuthorityState.ISSUING: {AuthorityState.RETIRING},
        AuthorityState.RETIRING: {AuthorityState.RETIRED},
    },
)


class CertificateState(StrEnum):
    """The states of `pki.models.Certificate`."""

    ISSUED = "issued"
    ACTIVE = "active"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


CERTIFICATE: Final = Transitions(
    "certificate",
    {
        CertificateState.ISSUED: {
            CertificateState.ACTIVE,
            CertificateState.SUPERSEDED,
            CertificateState.REVOKED,
        },
        CertificateState.ACTIVE: {CertificateState.SUPERSEDED, CertificateState.REVOKED},
        CertificateState.SUPERSEDED: {CertificateState.REVOKED},
    },
)
#: A certificate that may still open a stream.
USABLE: Final = (CertificateState.ISSUED, CertificateState.ACTIVE)
