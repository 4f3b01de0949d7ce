"""Chance from the kernel, without the `random` module and what it brings."""

from __future__ import annotations

import os

_BITS = 53  # what a float holds


class KernelRandom:
    """Implements `backoff.Rng`; no two appliances draw alike, not even two clones of one disk."""

    def uniform(self, a: float, b: float, /) -> float:
        """A number from `a` to `b`, each as likely."""
        drawn = int.from_bytes(os.urandom(8), "big") >> (64 - _BITS)
        return a + (b - a) * (drawn / float(2**_BITS))
