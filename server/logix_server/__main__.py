"""`python -m logix_server` is the command `logix-server`."""

from __future__ import annotations

from logix_server.cli import main

main()
