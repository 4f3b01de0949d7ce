"""Addresses of the knowledge base."""

from __future__ import annotations

from django.urls import path

from logix_server.portal.knowledge.views import article, listed, move, write

urlpatterns = [
    path("", listed, name="articles"),
    path("new/", write, name="article-new"),
    path("<slug:slug>/", article, name="article"),
    path("<slug:slug>/write/", write, name="article-write"),
    path("<slug:slug>/move/", move, name="article-move"),
]
