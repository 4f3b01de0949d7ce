"""Fail when a model differs from its migrations."""

from __future__ import annotations

import os
import sys
import tempfile


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(LOGIX_DATA=folder, DJANGO_SETTINGS_MODULE="logix_server.settings")
        os.environ.pop("LOGIX_DATABASE_URL", None)
        import django
        from django.core.management import call_command

        django.setup()
        call_command("makemigrations", check=True, dry_run=True, verbosity=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
