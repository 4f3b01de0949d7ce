"""Extract msgids into the Turkish catalogues and compile them; with --check, say whether both are fresh.

English is the source language: a msgid is the English text. A msgid without a translation fails the check.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
#: domain -> (source folder, catalogue without its ending)
DOMAINS = {
    "logix_common": ("common/logix_common", "common/logix_common/locale/tr/LC_MESSAGES/logix_common"),
    "logix_agent": ("agent/logix_agent", "agent/logix_agent/locale/tr/LC_MESSAGES/logix_agent"),
    "django": ("server/logix_server", "server/logix_server/locale/tr/LC_MESSAGES/django"),
}
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def extract_template(
    fileobj: Any, keywords: Mapping[str, Any], comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[Any]:
    """What `{% translate %}` and `{% blocktranslate %}` of a Django template ask for.

    Django itself turns a template into calls of gettext with everything else blanked out; what is left
    is read as Python, which its indentation must not spoil.
    """
    calls = templatize(fileobj.read().decode("utf-8"), origin=getattr(fileobj, "name", None))
    flat = "\n".join(line.lstrip() for line in calls.splitlines())
    yield from extract_python(io.BytesIO(flat.encode("utf-8")), keywords, comment_tags, dict(options))


METHODS: list[tuple[str, Any]] = [("**.py", "python"), ("**/templates/**.*", extract_template)]


def extracted(folder: Path) -> Catalog:
    """Every msgid of Python files and templates below `folder`, in a stable order, without line numbers."""
    template = Catalog(charset="utf-8", locale="tr")
    found = extract_from_dir(str(folder), METHODS, keywords=KEYWORDS, strip_comment_tags=True)
    for name, _line, message, comments, context in sorted(found, key=lambda row: (row[0], row[1])):
        template.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return template


def refreshed(po: Path, template: Catalog) -> Catalog:
    """The catalogue at `po` with the template's msgids; translations that exist are kept."""
    catalog = Catalog(locale="tr", charset="utf-8")
    if po.exists():
        with po.open("rb") as stream:
            catalog = read_po(stream, locale="tr")
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def translated(message: Message) -> bool:
    """Whether a msgid has its Turkish, in every form."""
    forms = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(forms)


def texts(catalog: Catalog) -> tuple[bytes, bytes]:
    """The catalogue as .po and as .mo, without anything that changes from run to run."""
    catalog.revision_date = catalog.creation_date
    po, mo = io.BytesIO(), io.BytesIO()
    write_po(po, catalog, omit_header=False, no_location=True, sort_output=False, width=110)
    lines = [line for line in po.getvalue().splitlines(keepends=True) if b"-Date:" not in line]
    catalog.header_comment = ""
    undated = read_po(io.BytesIO(b"".join(lines)), locale="tr")
    undated.creation_date = undated.revision_date = datetime(1970, 1, 1, tzinfo=UTC)  # else: this very minute
    write_mo(mo, undated)
    return b"".join(lines), mo.getvalue()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    problems = []
    for folder, base in DOMAINS.values():
        po, mo = ROOT / f"{base}.po", ROOT / f"{base}.mo"
        template = extracted(ROOT / folder)
        if not len(template):
            continue
        catalog = refreshed(po, template)
        problems += [
            f"{po.relative_to(ROOT)}: no Turkish for {m.id!r}" for m in catalog if m.id and not translated(m)
        ]
        new_po, new_mo = texts(catalog)
        if check:
            for path, new in ((po, new_po), (mo, new_mo)):
                if not path.exists() or path.read_bytes() != new:
                    problems.append(f"stale: {path.relative_to(ROOT)} (run: make messages)")
        else:
            po.parent.mkdir(parents=True, exist_ok=True)
            po.write_bytes(new_po)
            mo.write_bytes(new_mo)
    print("\n".join(problems), file=sys.stderr, end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
