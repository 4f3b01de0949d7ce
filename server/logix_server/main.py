"""Composition root: builds each role from its parts and runs it; `up` runs all of them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NoReturn

import click
import structlog
import uvloop
from logix_common.clock import SystemClock
from logix_common.errors import LogixError
from prometheus_client import CollectorRegistry, start_http_server

from logix_server import logs
from logix_server.config import ServerConfig, current
from logix_server.supervisor import Role, Supervisor

supervised_option = click.option("--supervised", is_flag=True, hidden=True)
log = structlog.get_logger(__name__)


@click.command()
def up() -> None:
    """Run gateway, web, jobs and, where the settings ask for it, mail together; Ctrl-C ends them."""
    config = current()
    logs.set_up("up", debug=config.debug)
    _require_initialised(config)
    command = [sys.executable, "-m", "logix_server"]
    roles = [Role(name, [*command, name, "--supervised"]) for name in ("gateway", "web", "jobs")]
    if config.mail_is_used:
        roles.append(Role("mail", [*command, "mail", "run", "--supervised"]))
    sys.exit(asyncio.run(Supervisor(roles, SystemClock(), _announce).run()))


def _announce(roles: Sequence[Role]) -> None:
    click.echo("ready")
    for role in roles:
        for what, where in role.addresses.items():
            click.echo(f"  {role.name + ' ' + what:<20} {where}")
    sys.stdout.flush()


@click.command()
@supervised_option
def gateway(supervised: bool) -> None:
    """Run the gateway: devices, and enrolment on a port of its own."""
    # TLS 1.3 alone. gRPC has no switch for it: TLS 1.2 is left with a cipher that our ECDSA key cannot
    # serve, and those of TLS 1.3 are not affected. It is read when grpc is first used.
    os.environ["GRPC_SSL_CIPHER_SUITES"] = "ECDHE-RSA-AES256-GCM-SHA384"
    config = begin("gateway")
    from logix_server.effects.dispatch import run_pending
    from logix_server.link.gateway import Gateway
    from logix_server.link.metrics import GatewayMetrics
    from logix_server.link.storing import DatabaseStore

    _allow_sockets()
    _let_threads_finish()  # those that are started from here on inherit it

    async def run(stop: asyncio.Event) -> None:
        metrics = GatewayMetrics(CollectorRegistry())
        running = Gateway(config, SystemClock(), DatabaseStore(run_pending), metrics)
        await running.start()
        metrics_port = serve_metrics(config, metrics.registry, 0)
        say_ready(
            devices=f"{config.public_host}:{running.port}",
            enrolment=f"{config.public_host}:{running.enrolment_port}",
            metrics=f"http://127.0.0.1:{metrics_port}/metrics",
        )
        _collect_rarely()
        await _first_of(stop, running.failed)
        if running.failed.is_set():
            # Not in order: what would have to end in order is what has died. Nothing is lost by it.
            os._exit(1)
        await running.stop()

    until_signalled(run, supervised=supervised)


def _allow_sockets() -> None:
    """As many open files as we may have: each stream is one, and the usual limit is 1,024."""
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _first_of(*events: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


def _collect_rarely() -> None:
    """Keep the garbage collector from walking what never goes away.

    Every message makes a few containers, and a full collection walks all of Django and gRPC: 80 ms in
    which no device is answered, every two or three seconds under load.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 10)


def _let_threads_finish() -> None:
    """Keep the gateway's threads from interrupting one another at every wake-up (sched(7), SCHED_BATCH).

    Each message wakes gRPC's threads several times; where each at once takes the core from the loop, the
    switches cost as much as a report. The share of the core that the process gets stays the same.
    """
    with contextlib.suppress(OSError):  # a host that forbids it: only slower
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


@click.command()
@supervised_option
def jobs(supervised: bool) -> None:
    """Run the periodic jobs; several processes share them."""
    config = begin("jobs")
    from logix_server.jobs.catalogue import periodic_jobs
    from logix_server.jobs.runner import JobMetrics, Runner

    async def run(stop: asyncio.Event) -> None:
        metrics = JobMetrics(CollectorRegistry())
        runner = Runner(periodic_jobs(config, metrics), SystemClock(), metrics)
        metrics_port = serve_metrics(config, metrics.registry, 1)
        runner.start()
        say_ready(metrics=f"http://127.0.0.1:{metrics_port}/metrics")
        await stop.wait()
        await runner.stop()

    until_signalled(run, supervised=supervised)


@click.command()
@supervised_option
def web(supervised: bool) -> None:
    """Run the web pages and the administration."""
    config = begin("web")
    import waitress  # type: ignore[import-untyped]  # has no stubs

    from logix_server.portal import metrics
    from logix_server.portal.wsgi import application

    try:
        server = waitress.create_server(
            application,
            host=config.web_bind,
            port=config.web_port,
            threads=8,
            ident="",
            max_request_body_size=(config.attachment_max_mb + 1) * 1_048_576,
            channel_timeout=30,
            **_proxy(config),
        )
    except OSError as error:
        raise port_error(config.web_bind, config.web_port, error) from error
    metrics_port = serve_metrics(config, metrics.REGISTRY, 2)
    signal.signal(signal.SIGTERM, _raise_exit)
    signal.signal(signal.SIGINT, _raise_exit)
    if supervised:
        _end_with_parent()
    say_ready(
        web=f"http://{_web_host(config)}:{server.effective_port}/",
        metrics=f"http://127.0.0.1:{metrics_port}/metrics",
    )
    server.run()  # returns after SystemExit from the signal handler


def _web_host(config: ServerConfig) -> str:
    """A name under which this host reaches its own pages: on loopback `public_host` leads elsewhere."""
    if config.web_bind in ("0.0.0.0", "::"):  # noqa: S104  compared, not bound
        return config.public_host
    loopback = ("127.0.0.1", "::1", "localhost")
    return "localhost" if config.web_bind in loopback else config.web_bind


def _proxy(config: ServerConfig) -> dict[str, Any]:
    """What waitress believes of the proxy before us: from where a browser comes. Of others, nothing."""
    if not config.web_proxy:
        return {"clear_untrusted_proxy_headers": True}
    return {
        "trusted_proxy": config.web_proxy,
        "trusted_proxy_count": 1,
        "trusted_proxy_headers": {"x-forwarded-for"},
        "clear_untrusted_proxy_headers": True,
    }


def begin(role: str) -> ServerConfig:
    """Logs, and the checks that every role makes before it starts. Raises `LogixError`."""
    from django.utils import translation

    config = current()
    logs.set_up(role, debug=config.debug)
    _require_initialised(config)
    _require_migrations()
    translation.deactivate()  # commands speak English, roles the language of the settings
    return config


def _require_initialised(config: ServerConfig) -> None:
    if not config.secret_key_file.exists() or not config.pki.is_dir():
        raise LogixError(f"{config.data}: not a data directory yet; run `logix-server init`")


def _require_migrations() -> None:
    from django.db import Error, connection

    from logix_server.schema import missing_migrations

    try:
        missing = missing_migrations()
    except Error as error:
        raise LogixError(f"the database cannot be read ({error})") from error
    finally:
        connection.close()
    if missing:
        raise LogixError(f"the database lacks {missing} migrations; run `logix-server migrate`")


def serve_metrics(config: ServerConfig, registry: CollectorRegistry, offset: int) -> int:
    """Prometheus on loopback: `metrics_port` of the gateway, one more of jobs, two of web, three of mail."""
    port = config.metrics_port + offset if config.metrics_port else 0
    try:
        server, _ = start_http_server(port, "127.0.0.1", registry)
    except OSError as error:
        raise port_error("127.0.0.1", port, error) from error
    return int(server.server_port)


def port_error(host: str, port: int, error: OSError) -> LogixError:
    return LogixError(f"cannot listen on {host}:{port}: {error.strerror} (configure another in server.toml)")


def say_ready(**addresses: str) -> None:
    """One JSON line on standard output: the supervisor and scripts wait for it."""
    sys.stdout.write(json.dumps({"ready": addresses}) + "\n")
    sys.stdout.flush()
    log.info("ready", **addresses)


def until_signalled(run: Callable[[asyncio.Event], Awaitable[None]], *, supervised: bool) -> None:
    """Run a role on a loop until SIGTERM, SIGINT or, supervised, the supervisor's end."""

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        if supervised:
            _end_with_parent()
        await run(stop)

    # uvloop's loop is C where asyncio's is Python: a tenth of what a report costs the gateway.
    uvloop.run(main())


def _end_with_parent() -> None:
    """End in order when our standard input does: it is a pipe that the supervisor holds."""

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 64):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _raise_exit(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(0)
