"""What a new unit enrols with: handed over in one answer, and kept nowhere."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any


def as_download(bundle: Mapping[str, Any]) -> str:
    """The bundle as an address that holds it all, for a link that saves it.

    The token in it is a secret: it stands in this one answer (`Cache-Control: no-store`), in no session,
    message or log, and never comes a second time.
    """
    text = json.dumps(bundle, indent=2) + "\n"
    return f"data:application/json;base64,{base64.b64encode(text.encode()).decode()}"
