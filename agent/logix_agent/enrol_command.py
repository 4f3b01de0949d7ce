"""`logix-agent enrol`: this appliance's identity from an enrolment bundle."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from logix_common import reasons
from logix_common.clock import SystemClock
from logix_common.errors import InvalidInput, LogixError, Refused
from logix_common.identifiers import is_serial

from logix_agent.config import AgentConfig
from logix_agent.host.commands import commands_for
from logix_agent.host.paths import HostPaths
from logix_agent.link.channel import Disconnected
from logix_agent.link.enrolment import AlreadyEnrolled, EnrolmentCall, enrol
from logix_agent.link.identity import IdentityStore, with_server
from logix_agent.link.identity_facts import MAX_BUNDLE_BYTES, Device, EnrolmentBundle, parse_bundle
from logix_agent.link.running import AlreadyRunning, StateLock
from logix_agent.main import channel_settings
from logix_agent.monitor import Monitor
from logix_agent.texts import _
from logix_agent.version import VERSION


async def run(config: AgentConfig, bundle_file: str, *, serial: str | None, again: bool) -> int:
    """Enrol and say so; raises `LogixError` with what is wrong and what to do."""
    bundle = _bundle(bundle_file)
    told = serial or await _own_serial(config) or bundle.serial
    if not is_serial(told):
        raise InvalidInput("--serial", f"expected a serial number, got {told!r}")
    if bundle.serial and told != bundle.serial:
        warning = _("This appliance's serial is {own}, the bundle is for {bundle}: expect a refusal.")
        _say(warning.format(own=told, bundle=bundle.serial), sys.stderr)
    try:
        lock = StateLock(config.state_dir)
    except AlreadyRunning as error:
        raise LogixError(_("The agent is running; stop it before enrolling.")) from error
    try:
        device = await _enrol(config, bundle, told, again)
    finally:
        lock.release()
    done = _("Enrolled as {device} (serial {serial}) with {host}.")
    _say(done.format(device=device.device_id, serial=device.serial, host=device.server.host), sys.stdout)
    return 0


async def _enrol(config: AgentConfig, bundle: EnrolmentBundle, serial: str, again: bool) -> Device:
    store = IdentityStore(config.state_dir / "identity")
    call = EnrolmentCall(SystemClock(), channel_settings(config))
    asked = _addressed(bundle, config)
    try:
        return await enrol(store, asked, call, serial=serial, agent_version=VERSION, again=again)
    except AlreadyEnrolled as error:
        raise LogixError(_again(store)) from error
    except Refused as refused:
        raise LogixError(_refusal(refused)) from refused
    except Disconnected as error:
        where = f"{asked.server.host}:{asked.server.enrolment_port}"
        text = _("The enrolment port {where} was not reached ({error}). The same command may be tried again.")
        raise LogixError(text.format(where=where, error=error)) from error


def _again(store: IdentityStore) -> str:
    text = _("This appliance is enrolled as {device}; use --again to replace the identity.")
    return text.format(device=store.device().device_id)


def _refusal(refused: Refused) -> str:
    if refused.reason == reasons.ENROLMENT_REFUSED:
        return _(
            "The server refused the token: it is wrong, used, expired, or for another unit. "
            "Print a new bundle with `logix-server device register`."
        )
    if refused.retry_after:
        text = _("The server asks to try again in {seconds} seconds ({reason}).")
        return text.format(seconds=round(refused.retry_after), reason=refused.reason)
    return _("The server refused: {reason}").format(reason=refused)


def _bundle(file: str) -> EnrolmentBundle:
    where = "standard input" if file == "-" else file
    try:
        if file == "-":
            data = sys.stdin.buffer.read(MAX_BUNDLE_BYTES + 1)
        else:
            with Path(file).open("rb") as stream:
                data = stream.read(MAX_BUNDLE_BYTES + 1)
    except OSError as error:
        raise InvalidInput(where, f"cannot be read: {error.strerror}") from error
    return parse_bundle(data, where)


def _addressed(bundle: EnrolmentBundle, config: AgentConfig) -> EnrolmentBundle:
    """The bundle with the addresses that the settings give."""
    device = Device("", "", "", bundle.server)
    return replace(
        bundle, server=with_server(device, config.server, config.gateway_port, config.enrolment_port).server
    )


async def _own_serial(config: AgentConfig) -> str:
    paths = HostPaths(config.sysroot)
    monitor = Monitor(config, paths, commands_for(paths), SystemClock(), config.state_dir / "findings.json")
    with contextlib.suppress(OSError):
        return (await monitor.inventory()).serial
    return ""


def _say(text: str, stream: TextIO) -> None:
    stream.write(text + "\n")
