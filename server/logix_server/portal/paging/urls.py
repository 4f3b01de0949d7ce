"""Every address of paging."""

from __future__ import annotations

from django.urls import path

from logix_server.portal.paging import views

urlpatterns = [
    path("page/reply/", views.reply, name="page-reply"),
    path("page/<str:token>/", views.acknowledge, name="page-acknowledge"),
]
