"""What `logix-agent run` becomes: the agent alone, without the command line's parser and texts.

The same process, begun anew: what parsing leaves behind in its heap would stay as long as the agent runs.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Final, NoReturn

from logix_common.errors import LogixError

#: One arena for memory (mallopt(3)): the agent has many threads that do little, each would have its own.
_SPARING: Final = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "65536"}
OK, FAILED, INTERRUPTED = 0, 1, 130


def become(config: Path | None) -> NoReturn:
    """Go on as the resident agent; does not return. Raises `OSError`."""
    sys.stdout.flush()
    sys.stderr.flush()
    for name, value in _SPARING.items():
        os.environ.setdefault(name, value)
    words = [sys.executable, "-m", __name__, *([str(config)] if config else [])]
    os.execv(sys.executable, words)  # noqa: S606 - our own interpreter


def run(config: Path | None) -> int:
    """Watch and report until stopped; the exit code. Raises what `main.run` raises, and `InvalidInput`."""
    from logix_agent import json_log
    from logix_agent.config import load
    from logix_agent.main import run as resident

    settings = load(config)
    json_log.set_up(settings.log_level)
    asyncio.run(resident(settings))
    return OK


def main() -> int:
    """The process's own entry: `python -m logix_agent.resident [FILE]`."""
    try:
        return run(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    except (LogixError, OSError, TimeoutError) as error:
        from logix_agent.texts import said

        sys.stderr.write(f"logix-agent: {said(error)}\n")
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
