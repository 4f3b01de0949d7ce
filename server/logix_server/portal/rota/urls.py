"""Addresses of the rota and of pages sent."""

from __future__ import annotations

from django.urls import path

from logix_server.portal.rota.pages_sent import acknowledge, listed
from logix_server.portal.rota.pages_sent import shown as page_sent
from logix_server.portal.rota.views import shown, swap, withdraw

urlpatterns = [
    path("", shown, name="rota"),
    path("swap/", swap, name="rota-swap"),
    path("withdraw/<int:override_id>/", withdraw, name="rota-withdraw"),
    path("pages/", listed, name="pages-sent"),
    path("pages/<int:page_id>/", page_sent, name="page-sent"),
    path("pages/<int:page_id>/acknowledge/", acknowledge, name="page-take"),
]
