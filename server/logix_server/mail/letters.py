"""What a mail of ours says, in plain text and in HTML: the same words by two templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils import translation


@dataclass(frozen=True)
class Letter:
    """The parts of a mail in their order, in one language; each may be left out."""

    heading: str = ""
    paragraphs: Sequence[str] = ()
    rows: Sequence[tuple[str, str]] = ()  # (what, value), as a table
    quote: str = ""  # somebody's words, shown apart
    items: Sequence[str] = ()  # a list
    closing: Sequence[str] = ()
    link: str = ""
    answerable: bool = False  # says that an answer to the mail reaches us


def render(letter: Letter, language: str) -> tuple[str, str]:
    """(text, HTML) of a letter. Every word that came from outside is escaped in the HTML."""
    with translation.override(language):
        words = {
            "letter": letter,
            "language": language,
            "quoted": [f"> {line}" for line in letter.quote.splitlines()],
        }
        text = render_to_string("mail/letter.txt", words)
        html = render_to_string("mail/letter.html", words)
    return _tidy(text), html


def of_text(text: str) -> Letter:
    """A letter of running text, a paragraph at each empty line."""
    return Letter(paragraphs=[part.strip() for part in text.split("\n\n") if part.strip()])


def _tidy(text: str) -> str:
    """Without the empty lines that parts left out leave behind."""
    lines: list[str] = []
    for line in (line.rstrip() for line in text.strip().splitlines()):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines) + "\n"
