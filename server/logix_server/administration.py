"""What the slices' admin pages have in common: rows are looked at here, and written by actions alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

ModelT = TypeVar("ModelT", bound=Model)

if TYPE_CHECKING:
    Base = admin.ModelAdmin[ModelT]
else:  # ModelAdmin takes no parameter when it runs

    class Base(admin.ModelAdmin):
        def __class_getitem__(cls, _model):
            return cls


class ReadOnlyAdmin(Base[ModelT]):
    """Shows everything, changes nothing; large tables are not counted twice."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  Django's signature
        return False

    def has_change_permission(
        self,
        request: HttpRequest,  # noqa: ARG002  Django's signature
        obj: ModelT | None = None,  # noqa: ARG002  as above
    ) -> bool:
        return False

    def has_delete_permission(
        self,
        request: HttpRequest,  # noqa: ARG002  Django's signature
        obj: ModelT | None = None,  # noqa: ARG002  as above
    ) -> bool:
        return False
