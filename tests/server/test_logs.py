"""What stands in logs, and what does not."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import logging, structlog
from logix_server import logs
logs.set_up("web")
log = structlog.get_logger("x")
log.info("request", path="/page/1c.AAAAAAAAAAAAAAAAAAAAAA/", status=200)
log.info("request", path="/page/reply/", status=200)
log.info("told", link="https://s.example/password/new/?t=secret:signed")
logging.getLogger("django.request").warning("%s: %s", "Not Found", "/page/1c.AAAAAAAAAAAAAAAAAAAAAA/")
try:
    raise ValueError("https://s.example/page/1c.AAAAAAAAAAAAAAAAAAAAAA/")
except ValueError:
    log.exception("failed")
"""


def test_no_right_that_stands_in_an_address_is_logged() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert "AAAA" not in done.stderr
    assert "secret" not in done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line.get("path") for line in lines[:2]] == ["/page/-/", "/page/reply/"]
    assert lines[3]["event"] == "Not Found: /page/-/"
