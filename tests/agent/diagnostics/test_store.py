"""Where bundles lie, and that none is left behind."""

from __future__ import annotations

from pathlib import Path

from logix_agent.diagnostics.store import BundleStore

ORDER = bytes(range(16))


def test_what_an_earlier_life_left_in_memory_is_removed(tmp_path: Path) -> None:
    earlier = BundleStore(tmp_path / "diagnostics").place(ORDER, elsewhere=True)
    earlier.write_bytes(b"bundle")
    other = BundleStore(tmp_path / "of-another-agent").place(ORDER, elsewhere=True)
    other.write_bytes(b"bundle")
    link = earlier.parent.with_name(f"{earlier.parent.name}-link")
    link.symlink_to(other.parent)
    try:
        now = BundleStore(tmp_path / "diagnostics").place(ORDER, elsewhere=True)
        assert now.parent != earlier.parent
        assert not earlier.parent.exists()
        assert other.read_bytes() == b"bundle"
        assert now.parent.stat().st_mode & 0o777 == 0o700
    finally:
        link.unlink()
        other.unlink()
        other.parent.rmdir()
        now.parent.rmdir()
