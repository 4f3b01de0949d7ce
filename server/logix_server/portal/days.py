"""Fields for days and moments of Istanbul, bounded so that no arithmetic with them can overflow."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2200, 12, 31)
_DAY: Final = "%Y-%m-%d"
_MOMENT: Final = "%Y-%m-%dT%H:%M"


def day_field(label: Any, *, required: bool = True, **more: Any) -> forms.DateField:
    """A day, chosen or typed as 2026-03-02."""
    return forms.DateField(
        label=label,
        required=required,
        input_formats=[_DAY],
        widget=forms.DateInput({"type": "date"}, format=_DAY),
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
        **more,
    )


def moment_field(label: Any, *, required: bool = True, **more: Any) -> forms.DateTimeField:
    """A day with an hour, of Istanbul."""
    first = datetime(FIRST_DAY.year, 1, 1, tzinfo=UTC)
    last = datetime(LAST_DAY.year, 12, 31, tzinfo=UTC)
    return _Moment(
        label=label,
        required=required,
        input_formats=[_MOMENT, f"{_MOMENT}:%S"],
        widget=forms.DateTimeInput({"type": "datetime-local"}, format=_MOMENT),
        validators=[MinValueValidator(first), MaxValueValidator(last)],
        **more,
    )


class _Moment(forms.DateTimeField):
    def to_python(self, value: Any) -> datetime | None:
        # Longer texts are no moment; years at the ends of the calendar cannot be brought to UTC.
        if isinstance(value, str) and (len(value) > 40 or not value.strip()[:4].isdigit()):
            value = value and "?"
        try:
            return super().to_python(value)
        except OverflowError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error
