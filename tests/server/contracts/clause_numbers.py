"""The clauses and Readings of the support terms by number, as `shared/terms/SUPPORT-TERMS.md` has them."""

from __future__ import annotations

from typing import Final

_HOW_MANY: Final = {"UPD": 8, "WAR": 11, "SUP": 8, "MAT": 17, "PRI": 8, "LIF": 4}
CLAUSES: Final = tuple(
    f"{group}-{number}" for group, count in _HOW_MANY.items() for number in range(1, count + 1)
)
READINGS: Final = tuple(f"Reading {number}" for number in range(1, 25))
