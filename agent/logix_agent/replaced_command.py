"""`logix-agent replaced PART`: another part is in its place, or it was taken out for good."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Final

from logix_common.errors import LogixError

from logix_agent.link.running import read_status
from logix_agent.replaced import note
from logix_agent.texts import _

_LISTS: Final = ("findings", "watched", "suppressed")


class UnknownPart(LogixError):
    """Nothing stands of such a part."""


def run(state_dir: Path, part: str) -> str:
    """Note that `part` was replaced; what to tell the operator. Raises `UnknownPart`, `OSError`."""
    status = read_status(state_dir)
    told = [finding for name in _LISTS for finding in status.get(name) or [] if isinstance(finding, dict)]
    known = sorted({str(finding.get("part", "")) for finding in told})
    if part not in known:
        near = get_close_matches(part, known, n=1)
        said = _("no finding stands of {part!r}").format(part=part)
        raise UnknownPart(f"{said}; " + _("did you mean {part!r}?").format(part=near[0]) if near else said)
    note(state_dir, part)
    return _("Noted: {part} is judged as one never seen before, at the agent's next pass.").format(part=part)
