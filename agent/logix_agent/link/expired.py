"""A certificate that ran out while the appliance was away: renewed on the enrolment port by its old key."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from logix_common import reasons
from logix_common.clock import to_microseconds
from logix_common.errors import LogixError, Refused

from logix_agent.link.channel import NotReached
from logix_agent.link.connector import Connector
from logix_agent.link.disk_thread import Keeper
from logix_agent.link.enrolment import EnrolmentCall, renew_expired
from logix_agent.link.identity import IdentityStore
from logix_agent.link.identity_facts import Credential
from logix_agent.link.renewal import Pace
from logix_agent.link.server_time import ServerTime, latest

log = logging.getLogger(__name__)

#: Every so many failures to get through, the certificate is suspected: TLS does not say why it fails.
_SUSPECT_EVERY: Final = 10


class ExpiredRenewal:
    """Judges why a stream failed, and renews where the certificate's age was the trouble."""

    def __init__(
        self,
        store: IdentityStore,
        connector: Connector,
        call: EnrolmentCall,
        pace: Pace,
        *,
        keep: Keeper,
        server_time: Callable[[], ServerTime | None],
        refused: Callable[[Refused], None],
    ) -> None:
        """`refused` is told when the server will not renew."""
        self._store = store
        self._connector = connector
        self._call = call
        self._clock = call.clock
        self._pace = pace
        self._keep = keep
        self._server_time = server_time
        self._refused = refused

    async def renewed_because(self, error: Exception, failures: int) -> bool:
        """Whether an expired certificate was the trouble, and a new one is there now."""
        # The server counts one of the two as in use; which, a lost Welcome may have kept from us.
        try:
            held = [each for each in (self._store.candidate(), self._store.current()) if each is not None]
        except OSError:  # the disk does not give them now
            return False
        if self._pace.rest(self._clock.monotonic()):
            return False
        if not held or not self._looks_expired(error, held[0], failures):
            return False
        for credential in held:
            try:
                await self._renew(credential)
            except Refused as refused:
                log.error("the expired certificate is not renewed", extra={"reason": refused.reason})
                self._refused(refused)
                continue
            except (LogixError, OSError, TimeoutError) as failure:
                log.warning("the expired certificate could not be renewed", extra={"error": str(failure)})
                return False
            self._pace.note(self._clock.monotonic())
            log.info("the expired certificate was renewed")
            return True
        return False

    async def _renew(self, credential: Credential) -> None:
        connector = self._connector
        await renew_expired(
            self._store, connector.device, connector.trust, credential, self._call, keep=self._keep
        )
        connector.trust = self._store.trust()

    def _looks_expired(self, error: Exception, credential: Credential, failures: int) -> bool:
        if isinstance(error, Refused):
            return error.reason == reasons.CERTIFICATE_EXPIRED
        if not isinstance(error, NotReached):
            return False
        monotonic, wall_us = self._clock.monotonic(), to_microseconds(self._clock.now())
        now = latest(self._server_time(), monotonic, wall_us, self._store.last_server_time())
        return credential.not_after_us <= now or failures % _SUSPECT_EVERY == _SUSPECT_EVERY - 1
