"""`logix-server mail run`: the role that sends queued mails and takes in what comes, from its parts."""

from __future__ import annotations

import asyncio

from logix_common.clock import SystemClock
from logix_common.errors import LogixError
from prometheus_client import CollectorRegistry

from logix_server import blob_directory
from logix_server.jobs.periodic import Job
from logix_server.jobs.runner import JobMetrics, Runner
from logix_server.mail import role
from logix_server.mail.fetching import Fetcher
from logix_server.mail.listener import Listener
from logix_server.main import (
    begin,
    port_error,
    say_ready,
    serve_metrics,
    supervised_option,
    until_signalled,
)
from logix_server.tickets.correspondence.cli import mail

__all__ = ["mail"]

_METRICS_OFFSET = 3  # after gateway, jobs and web


@mail.command("run")
@supervised_option
def run(supervised: bool) -> None:
    """Run the mail role: send what is queued, take in what comes; several processes share it."""
    config = begin("mail")
    if not config.mail_is_used:
        raise LogixError("no mail is set up: smtp_host, imap_host or mail_listener (docs/mail.md)")
    blobs = blob_directory.store()
    fetcher = Fetcher(config, blobs) if config.imap_host else None

    async def serve(stop: asyncio.Event) -> None:
        metrics, addresses = JobMetrics(CollectorRegistry()), {}
        jobs = [Job(*one) for one in role.work(config, blobs, fetcher)]
        runner = Runner(jobs, SystemClock(), metrics)
        listener = Listener(config, blobs, SystemClock())
        if config.mail_listener != "off":
            try:
                await listener.start()
            except OSError as error:
                raise port_error(config.mail_listen_bind, config.mail_listen_port, error) from error
            addresses[config.mail_listener] = f"{config.mail_listen_bind}:{listener.port}"
        metrics_port = serve_metrics(config, metrics.registry, _METRICS_OFFSET)
        runner.start()
        say_ready(metrics=f"http://127.0.0.1:{metrics_port}/metrics", **addresses)
        await stop.wait()
        if fetcher is not None:
            fetcher.stop()
        await listener.stop()
        await runner.stop()

    until_signalled(serve, supervised=supervised)
