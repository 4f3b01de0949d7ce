"""The agent's side of certificate work: asks the child process (`certificate_work`)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import json
import logging
import sys
from dataclasses import dataclass
from typing import Any, Final

from logix_common.errors import LogixError

from logix_agent.link.codec import TrustFacts
from logix_agent.link.identity_facts import Trust
from logix_agent.modules.facts import SignedStatement

log = logging.getLogger(__name__)

#: Importing `cryptography` takes a second on a small appliance; longer means that something is broken.
_SECONDS: Final = 60.0


class CertificateWorkFailed(LogixError):
    """The child refused its input, or did not answer."""


@dataclass(frozen=True)
class SigningRequest:
    """A key and the PKCS #10 request for it."""

    key_pem: str
    csr_der: bytes


@dataclass(frozen=True)
class Accepted:
    """An issued chain that is ours; validity in µs."""

    device_id: str
    not_before_us: int
    not_after_us: int


@dataclass(frozen=True)
class Proof:
    """The old certificate and its key's signature over the new request."""

    certificate_pem: str
    signature: bytes


async def signing_request(key_pem: str) -> SigningRequest:
    """A request for `key_pem`; "" makes a fresh EC P-256 key."""
    answer = await _ask({"operation": "request", "key_pem": key_pem})
    return SigningRequest(answer["key_pem"], _bytes(answer["csr_der"]))


async def accept(key_pem: str, chain_pem: str, ca_pem: str, trust_domain: str) -> Accepted:
    """Check an issued chain against our key, trust domain and trust; raises when it is not ours."""
    answer = await _ask(
        {
            "operation": "accept",
            "key_pem": key_pem,
            "chain_pem": chain_pem,
            "ca_pem": ca_pem,
            "trust_domain": trust_domain,
        }
    )
    return Accepted(answer["device_id"], answer["not_before_us"], answer["not_after_us"])


async def prove(key_pem: str, chain_pem: str, csr_der: bytes) -> Proof:
    """Proof of an old key for the renewal of its expired certificate."""
    csr = base64.b64encode(csr_der).decode()
    answer = await _ask({"operation": "prove", "key_pem": key_pem, "chain_pem": chain_pem, "csr_der": csr})
    return Proof(answer["certificate_pem"], _bytes(answer["proof"]))


async def taken_trust(told: TrustFacts, known: Trust) -> Trust:
    """What to trust from now on; raises unless the told bundle's CA certificates overlap with the known ones.

    Keys for module statements that no known key vouches for are left out; the known ones stay.
    """
    ca_pem = told.ca_pem.decode("ascii", "replace")
    answer = await _ask(
        {
            "operation": "trust",
            "ca_pem": ca_pem,
            "known_pem": known.ca_pem,
            "statement_keys_pem": told.statement_keys_pem.decode("ascii", "replace"),
            "known_statement_keys_pem": known.statement_keys_pem,
            "endorsements": [
                {"key_id": key_id, "signature": base64.b64encode(signature).decode()}
                for key_id, signature in told.endorsements
            ],
        }
    )
    if answer["note"]:
        log.error("keys for module statements were not taken", extra={"problem": answer["note"]})
    return Trust(told.version, ca_pem, answer["statement_keys_pem"])


async def check_statement(signed: SignedStatement, keys_pem: str) -> None:
    """Raise unless one of the keys in `keys_pem` has signed this statement."""
    await _ask(
        {
            "operation": "statement",
            "payload": base64.b64encode(signed.payload).decode(),
            "signature": base64.b64encode(signed.signature).decode(),
            "key_id": signed.key_id,
            "keys_pem": keys_pem,
        }
    )


async def _ask(request: dict[str, Any]) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # never a module from the working directory
        "-m",
        "logix_agent.link.certificate_work",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(json.dumps(request).encode()), _SECONDS)
    finally:
        await _ended(process)
    try:
        answer = json.loads(output)
    except ValueError as error:
        raise CertificateWorkFailed(f"certificate work ended with code {process.returncode}") from error
    if not isinstance(answer, dict) or "error" in answer:
        raise CertificateWorkFailed(str(answer["error"]) if isinstance(answer, dict) else "no answer")
    return answer


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Whatever happened, no child and no pipe is left behind."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    transport: Any = getattr(process, "_transport", None)  # asyncio offers no public way to close the pipes
    if transport is not None:
        transport.close()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise CertificateWorkFailed("an answer that is not base64") from error
