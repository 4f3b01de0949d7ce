"""Read what the roles need of the PKI. Private keys come from files (`pki.store`), all else from rows."""

from __future__ import annotations

import base64

from logix_common.errors import InvalidInput

from logix_server.pki.facts import Bundle
from logix_server.pki.models import Authority, StatementKey, TrustBundleVersion
from logix_server.pki.store import keys

#: What credentials were made of: see `material_version`.
MaterialVersion = tuple[int, int, int]


def issuing_authority() -> Authority:
    """The generation that issues now. Raises `InvalidInput` before `init`."""
    authority = Authority.objects.filter(state=Authority.State.ISSUING).first()
    if authority is None:
        raise InvalidInput("pki", "there is no certificate authority yet; run `logix-server init`")
    return authority


def authorities() -> list[Authority]:
    """Every generation, oldest first."""
    return list(Authority.objects.order_by("generation"))


def trusted_authorities() -> list[Authority]:
    """Every generation that devices trust, oldest first."""
    return list(Authority.objects.exclude(state=Authority.State.RETIRED).order_by("generation"))


def server_generation() -> int:
    """The generation of the server certificate that is in use.

    While an older generation is retiring it is still that one: every device trusts it, also one that
    has not yet taken the new bundle. `rotate-finish` is what changes it, once all have.
    """
    serving = (Authority.State.RETIRING, Authority.State.ISSUING)
    generation = (
        Authority.objects.filter(state__in=serving)
        .order_by("generation")
        .values_list("generation", flat=True)
        .first()
    )
    if generation is None:
        raise InvalidInput("pki", "there is no certificate authority yet; run `logix-server init`")
    return generation


def server_credentials() -> tuple[bytes, bytes]:
    """(key PEM, chain PEM: leaf first, then issuing) of the server certificate that is in use."""
    generation, store = server_generation(), keys()
    return store.read(generation, "server.key"), store.read(generation, "server.pem")


def trust_bundle() -> tuple[int, bytes]:
    """(version, PEM) of the newest trust bundle."""
    newest = newest_bundle()
    return newest.version, newest.ca_pem


def newest_bundle() -> Bundle:
    """The newest trust bundle with all that it holds. Raises `InvalidInput` before `init`."""
    newest = TrustBundleVersion.objects.order_by("-version").first()
    if newest is None:
        raise InvalidInput("pki", "there is no trust bundle yet; run `logix-server init`")
    return Bundle(
        newest.version,
        newest.ca_pem.encode("ascii"),
        newest.statement_keys_pem.encode("ascii"),
        tuple(
            (told["key_id"], base64.b64decode(told["signature"])) for told in newest.statement_endorsements
        ),
    )


def statement_keys_in_use() -> list[StatementKey]:
    """The keys for module statements that devices are to know, oldest first."""
    return list(StatementKey.objects.filter(retired_at__isnull=True).order_by("since_version", "key_id"))


def trust_version() -> int:
    """The version of the newest trust bundle; 0 before `init`."""
    newest = TrustBundleVersion.objects.order_by("-version").values_list("version", flat=True).first()
    return newest or 0


def client_roots_pem() -> bytes:
    """The roots against which a gateway verifies device certificates (leaf + issuing are presented)."""
    return "".join(authority.root_pem for authority in trusted_authorities()).encode("ascii")


def material_version() -> MaterialVersion:
    """(generation of the server certificate, its file's stamp, trust version).

    Reload credentials when it changes: the chain is written after its key.
    """
    generation = server_generation()
    return generation, keys().stamp(generation, "server.pem"), trust_version()
