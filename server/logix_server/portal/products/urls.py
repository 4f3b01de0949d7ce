"""Addresses of products. A model's name may hold a slash."""

from __future__ import annotations

from django.urls import path

from logix_server.portal.products.views import act, listed, shown

urlpatterns = [
    path("", listed, name="products"),
    path("<path:model>/do/<slug:what>/", act, name="product-act"),
    path("<path:model>/", shown, name="product"),
]
