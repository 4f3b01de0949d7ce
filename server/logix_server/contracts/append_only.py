"""Rows that are only ever added: what was recorded once can be asked for at any later time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn, TypeVar

from django.db import models
from logix_common.errors import LogixError

ModelT = TypeVar("ModelT", bound=models.Model)


class AppendOnlyError(LogixError):
    """A recorded row was to be changed or deleted: a mistake of the program, never of its user."""


def _refuse(what: str) -> NoReturn:
    raise AppendOnlyError(f"{what}: recorded rows stay as they are; withdraw one and record what is right")


class AppendOnlyQuerySet(models.QuerySet[ModelT]):
    """Adds and reads."""

    def update(self, **_values: Any) -> NoReturn:
        """Refused."""
        _refuse("update")

    def delete(self) -> NoReturn:
        """Refused."""
        _refuse("delete")

    def bulk_update(self, *_arguments: Any, **_options: Any) -> NoReturn:
        """Refused."""
        _refuse("bulk_update")

    def update_or_create(self, *_arguments: Any, **_options: Any) -> NoReturn:
        """Refused."""
        _refuse("update_or_create")

    def bulk_create(self, objs: Iterable[ModelT], *arguments: Any, **options: Any) -> list[ModelT]:
        """As Django's, but rows that are there are never overwritten."""
        if options.get("update_conflicts"):
            _refuse("bulk_create")
        return super().bulk_create(objs, *arguments, **options)


class AppendOnlyManager(models.Manager[ModelT]):
    """Gives such query sets."""

    def get_queryset(self) -> AppendOnlyQuerySet[ModelT]:
        """Every row."""
        return AppendOnlyQuerySet(self.model, using=self._db)


class Recorded(models.Model):
    """Common to all such rows: the moment and the person that recorded it."""

    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=150)

    objects = AppendOnlyManager()

    class Meta:
        abstract = True

    def save(self, *arguments: Any, **options: Any) -> None:
        """Insert; a row that is there is refused."""
        if not self._state.adding:
            _refuse("save")
        super().save(*arguments, **options)

    def delete(self, *_arguments: Any, **_options: Any) -> NoReturn:
        """Refused."""
        _refuse("delete")
