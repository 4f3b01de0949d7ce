"""The addresses of the customer's pages that ours do not have."""

from __future__ import annotations

from django.urls import path

from logix_server.portal.customer.mine import listed
from logix_server.portal.customer.opening import choose, write
from logix_server.portal.customer.suggestions import suggested

urlpatterns = [
    path("tickets/", listed, name="tickets"),
    path("tickets/new/", choose, name="ticket-new"),
    path("tickets/new/<str:serial>/", write, name="ticket-new-for"),
    path("suggestions/", suggested, name="ticket-suggestions"),
]
