"""Text of format=flowed as the paragraphs it was written in (RFC 3676). Pure."""

from __future__ import annotations


def unflowed(text: str, *, delete_space: bool) -> str:
    """Join the lines that end in a space, within one depth of quotation. `delete_space` is DelSp=yes."""
    paragraphs: list[tuple[int, list[str]]] = []  # depth, pieces
    goes_on = False
    for raw in text.split("\n"):
        depth = len(raw) - len(raw.lstrip(">"))
        line = raw[depth:].removeprefix(" ")  # space-stuffing, section 4.4
        signature = line == "-- "
        if goes_on and paragraphs[-1][0] == depth and not signature:
            paragraphs[-1][1].append(line)
        else:
            paragraphs.append((depth, [line]))
        goes_on = line.endswith(" ") and not signature
        if goes_on and delete_space:
            paragraphs[-1][1][-1] = line[:-1]
    return "\n".join(_line(depth, "".join(pieces)) for depth, pieces in paragraphs)


def _line(depth: int, words: str) -> str:
    mark = ">" * depth + (" " if depth else "")
    return mark + words if words == "-- " else (mark + words).rstrip()
