"""What a gateway counts. The registry is handed in, so that several gateways live in one process."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class GatewayMetrics:
    """Prometheus metrics of one gateway; nothing here is touched once a message, only once a round."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.streams = Gauge("logix_streams", "Live device streams", registry=registry)
        self.messages = Counter("logix_messages", "Messages from devices", registry=registry)
        self.acks = Counter("logix_acks", "Batches acknowledged after their commit", registry=registry)
        self.rejected = Counter(
            "logix_entries_rejected",
            "Entries acknowledged though they could not be applied",
            registry=registry,
        )
        self.refusals = Counter(
            "logix_refusals", "Streams and requests refused", ["reason"], registry=registry
        )
        self.throttled = Counter("logix_throttled", "Reads that were delayed", registry=registry)
        self.database_errors = Counter("logix_database_errors", "Failed tries to commit", registry=registry)
        self.effects_run = Counter("logix_effects_run", "Effects run by this process", registry=registry)
        self.queued = Gauge("logix_writer_queued", "Items handed to the writer", registry=registry)
        self._batch = Histogram(
            "logix_batch_items",
            "Items a commit",
            buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
            registry=registry,
        )
        self._commit = Histogram(
            "logix_commit_seconds",
            "Seconds a commit took, its statements included",
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
            registry=registry,
        )

    def committed(self, items: int, seconds: float) -> None:
        """One commit of `items`."""
        self._batch.observe(items)
        self._commit.observe(seconds)
