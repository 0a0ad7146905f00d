"""Sign-in by the company's identity provider: what the API server is given for it."""

import json
from pathlib import Path
from typing import Any

from airflow_k8s.stack.settings.credentials import SignIn
from airflow_k8s.stack.settings.schema import to_data

_FILE = Path(__file__).parent / "webserver_config.py"
VARIABLE = "AIRFLOW_PLATFORM_SIGN_IN"


def values(sign_in: SignIn) -> dict[str, Any]:
    """Values of the chart's `apiServer`, beside its variables: the file that FAB reads."""
    return {"apiServerConfig": _FILE.read_text()} if sign_in.mode == "oauth" else {}


def variables(sign_in: SignIn) -> list[dict[str, str]]:
    """What the file reads from its environment but for the client's secret: nothing of it is
    secret."""
    if sign_in.mode != "oauth":
        return []
    told = to_data(sign_in)
    del told["mode"], told["clientSecret"]
    return [{"name": VARIABLE, "value": json.dumps(told, sort_keys=True)}]
