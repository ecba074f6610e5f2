"""What Prometheus reads."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_GROUP = (1, 2, 4, 8, 16, 32, 64)


class Meters:
    """The figures of one service, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "aisle_requests", "Requests.", ("route", "method", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "aisle_request_seconds",
            "How long requests took.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.groups = Histogram(
            "aisle_batch_products",
            "How many products were answered together.",
            buckets=_GROUP,
            registry=self.registry,
        )
        self.waiting = Gauge(
            "aisle_queue_products", "Products that wait for an answer.", registry=self.registry
        )
        self.decisions = Counter(
            "aisle_decisions", "Answers.", ("decision", "status"), registry=self.registry
        )
        self.reloads = Counter(
            "aisle_model_reloads", "Loads of the model.", ("result",), registry=self.registry
        )

    def text(self) -> bytes:
        """All figures in the format that Prometheus reads."""
        return generate_latest(self.registry)
