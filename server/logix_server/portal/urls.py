"""Every address of the web role."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from logix_common.clock import SystemClock

from logix_server.portal import refusals
from logix_server.portal.accounts.urls import urlpatterns as accounts
from logix_server.portal.customer.acts import act as customer_act
from logix_server.portal.customer.device import shown as customer_device
from logix_server.portal.customer.sides import by_side
from logix_server.portal.customer.ticket import shown as customer_ticket
from logix_server.portal.customer.urls import urlpatterns as customer
from logix_server.portal.device.listing import listed as devices
from logix_server.portal.device.views import shown as device
from logix_server.portal.health import HealthCheck
from logix_server.portal.inbox.urls import urlpatterns as inbox
from logix_server.portal.knowledge.urls import urlpatterns as knowledge
from logix_server.portal.language import choose
from logix_server.portal.paging.urls import urlpatterns as paging
from logix_server.portal.products.urls import urlpatterns as products
from logix_server.portal.queue.views import queue
from logix_server.portal.replacements.urls import urlpatterns as replacements
from logix_server.portal.rota.urls import urlpatterns as rota
from logix_server.portal.ticket.acts import act
from logix_server.portal.ticket.files import download
from logix_server.portal.ticket.views import shown as ticket
from logix_server.portal.views import start
from logix_server.portal.visits.urls import urlpatterns as visits

urlpatterns = [
    path("", start, name="start"),
    path("queue/", queue, name="queue"),
    path("", include(customer)),
    path("tickets/<str:number>/", by_side(ticket, customer_ticket), name="ticket"),
    path("tickets/<str:number>/<slug:what>/", by_side(act, customer_act), name="ticket-act"),
    path("attachments/<int:attachment_id>/", download, name="attachment"),
    path("devices/", devices, name="devices"),
    path("devices/<str:serial>/", by_side(device, customer_device), name="device"),
    path("language/", choose, name="language"),
    path("knowledge/", include(knowledge)),
    path("inbox/", include(inbox)),
    path("replacements/", include(replacements)),
    path("rota/", include(rota)),
    path("products/", include(products)),
    path("", include(visits)),
    path("", include(accounts)),
    path("", include(paging)),
    path("healthz", HealthCheck(SystemClock()), name="healthz"),
    path("admin/", admin.site.urls),
]
handler400 = refusals.bad_request
handler403 = refusals.forbidden
handler404 = refusals.not_found
handler500 = refusals.failed
