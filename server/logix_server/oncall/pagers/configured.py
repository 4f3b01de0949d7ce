"""The channels that the settings name."""

from __future__ import annotations

from pathlib import Path

from logix_server.config import ServerConfig
from logix_server.oncall.pagers.port import Pager
from logix_server.oncall.pagers.requests import Transport
from logix_server.oncall.pagers.sms import Gateway, SmsPager
from logix_server.oncall.pagers.webhook import WebhookPager


def pagers_of(config: ServerConfig) -> tuple[Pager, ...]:
    """Every channel that is set up; () = mail is all there is."""
    ca_file = in_data(config, config.page_ca_file)
    transport = Transport(float(config.page_timeout_seconds), ca_file)
    pagers: list[Pager] = []
    secret = webhook_secret_file(config)
    if config.page_webhook_url and secret:
        pagers.append(WebhookPager(config.page_webhook_url, secret, transport))
    if config.page_sms_url:
        gateway = Gateway(
            config.page_sms_url,
            config.page_sms_body,
            config.page_sms_content_type,
            config.page_sms_authorization,
            in_data(config, config.page_sms_secret_file),
            config.page_sms_expects,
        )
        pagers.append(SmsPager(gateway, transport))
    return tuple(pagers)


def webhook_secret_file(config: ServerConfig) -> Path | None:
    """Where the secret lies that calls and replies are signed with."""
    return in_data(config, config.page_webhook_secret_file)


def in_data(config: ServerConfig, name: str) -> Path | None:
    """A file that the settings name, relative to the data directory; None where they name none."""
    return config.data / name if name else None
