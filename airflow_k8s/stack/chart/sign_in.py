"""Chart values for the sign-in with the company's identity provider."""

import json
from pathlib import Path
from typing import Any

from airflow_k8s.stack.settings.credentials import SignIn
from airflow_k8s.stack.settings.schema import to_data

_FILE = Path(__file__).parent / "webserver_config.py"
VARIABLE = "AIRFLOW_PLATFORM_SIGN_IN"


def values(sign_in: SignIn) -> dict[str, Any]:
    """Values for the chart's `apiServer`: the configuration file of FAB, its auth manager."""
    return {"apiServerConfig": _FILE.read_text()} if sign_in.mode == "oauth" else {}


def variables(sign_in: SignIn) -> list[dict[str, str]]:
    """Variables in clear text for that file; the client secret, its only secret, is not here."""
    if sign_in.mode != "oauth":
        return []
    data = to_data(sign_in)
    del data["mode"], data["clientSecret"]
    return [{"name": VARIABLE, "value": json.dumps(data, sort_keys=True)}]
