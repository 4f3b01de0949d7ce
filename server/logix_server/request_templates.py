"""Templates of a gateway's requests: text with named placeholders, each value escaped for its place. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote, quote_plus, urlsplit
from xml.sax.saxutils import escape

NAMES: Final = ("phone", "text", "key", "secret")
#: A word in braces; what JSON writes in braces begins with a quotation mark or a blank.
_PLACEHOLDER: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
Escape = Callable[[str], str]


def in_url(value: str) -> str:
    """A value within the path or query of an address."""
    return quote(value, safe="")


def in_header(value: str) -> str:
    """A value within a header: one line, nothing that ends it."""
    return _CONTROL.sub("", value)


def _in_json(value: str) -> str:
    return json.dumps(value)[1:-1]


def _in_xml(value: str) -> str:
    # XML may hold no control character; between quotation marks as well as between tags.
    return escape(_CONTROL.sub(" ", value), {'"': "&quot;", "'": "&apos;"})


#: How a body of each type escapes a value.
BODIES: Final[Mapping[str, Escape]] = {
    "application/x-www-form-urlencoded": quote_plus,
    "application/json": _in_json,
    "application/xml": _in_xml,
    "text/xml": _in_xml,
}


def filled(template: str, values: Mapping[str, str], escaped: Escape) -> str:
    """`template` with each placeholder replaced once; what a value holds is never read as a template."""
    return _PLACEHOLDER.sub(lambda found: escaped(values[found[1]]), template)


def check(template: str) -> None:
    """Raises `ValueError` for a placeholder that is none of ours."""
    for name in _PLACEHOLDER.findall(template):
        if name not in NAMES:
            raise ValueError(f"unknown placeholder {{{name}}}; there are {', '.join(NAMES)}")


def check_address(url: str) -> None:
    """Raises `ValueError` for an address that we do not send to.

    TLS, or loopback, where a gateway on this host listens; the host is fixed, no placeholder chooses it.
    """
    parts = urlsplit(url)
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not parts.hostname or parts.scheme not in (("https", "http") if local else ("https",)):
        raise ValueError(f"expected an address such as https://gateway.example/page, got {url!r}")
    if "{" in parts.netloc or "@" in parts.netloc or _CONTROL.search(url) or " " in url:
        raise ValueError("expected a fixed host without user, blanks or placeholders")
    try:
        _ = parts.port
    except ValueError:
        raise ValueError(f"expected a port from 1 to 65535, got {url!r}") from None


def check_setting(key: str, value: str) -> None:
    """Raises `ValueError` for a setting of a page's channels that cannot hold; "" = not set up."""
    if not value:
        return
    if key.endswith("_url"):
        check_address(value)
    if key == "page_webhook_url" and _PLACEHOLDER.search(value):
        raise ValueError("expected an address without placeholders")
    if key in ("page_sms_url", "page_sms_body", "page_sms_authorization"):
        check(value)
    if key == "page_sms_authorization" and _CONTROL.search(value):
        raise ValueError("expected one line")
    if key == "page_sms_content_type" and value not in BODIES:
        raise ValueError(f"expected one of {', '.join(BODIES)}, got {value!r}")
