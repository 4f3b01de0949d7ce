"""The agent's version; a test keeps it equal to the distribution's (importlib.metadata costs memory)."""

from typing import Final

VERSION: Final = "0.1.0"
