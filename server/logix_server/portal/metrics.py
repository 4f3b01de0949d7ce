"""What the web role counts."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()
REQUESTS = Counter("logix_web_requests", "Requests answered", ["method", "status"], registry=REGISTRY)
SECONDS = Histogram("logix_web_seconds", "Seconds to an answer", registry=REGISTRY)
