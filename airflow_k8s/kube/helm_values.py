"""Values of a Helm chart: merging them, and finding secrets in them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

# Values of the chart that take a secret text although their names do not show it.
# https://airflow.apache.org/docs/helm-chart/1.22.0/parameters-ref.html
_SECRET_PATHS = (
    "fernetKey",
    "apiSecretKey",
    "webserverSecretKey",
    "jwtSecret",
    "data.brokerUrl",
    "data.metadataConnection.pass",
    "data.resultBackendConnection",
    "registry.connection.pass",
    "elasticsearch.connection",
    "opensearch.connection",
    "dags.gitSync.sshKey",
    "kerberos.keytabBase64Content",
    "pgbouncer.ssl.key",
    "extraSecrets",
)
# Names ending in `Secret` and `secretKey` are left out: there the chart takes the name of a Secret
# and of a key in it.
_SECRET_KEY = re.compile(
    r"(?i)(password|passwd|pwd|token|credentials|api_?key|access_?key|private_?key|_secret|secret_key"
    r"|fernet_key)$|^AIRFLOW_CONN_"
)
_URL_WITH_PASSWORD = re.compile(r"\w+://[^/\s:@]*:[^/\s@]+@")


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """A new dict: `base` with the values of `over`. Mappings are merged, other values replaced.

    A null in `over` is kept, because it tells Helm to remove the chart's default.
    https://helm.sh/docs/chart_template_guide/values_files/#deleting-a-default-key
    """
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            merged[key] = merge(below, value)
        else:
            merged[key] = value
    return merged


def secrets_in(values: Mapping[str, Any]) -> list[str]:
    """The paths of values that hold a secret text, in alphabetical order; never the texts."""
    return sorted(set(_secrets(values, "values")))


def _secrets(node: Any, path: str) -> Iterator[str]:
    inside = path.removeprefix("values.")
    if isinstance(node, Mapping):
        if inside in _SECRET_PATHS and node:
            yield path
        name = str(node.get("name", node.get("key", "")))
        if node.get("value") and _SECRET_KEY.search(name):
            yield f"{path}.value"
        for key, value in node.items():
            yield from _secrets(value, f"{path}.{key}")
    elif isinstance(node, list):
        for n, item in enumerate(node):
            yield from _secrets(item, f"{path}[{n}]")
    elif node and not isinstance(node, bool):
        text = str(node)
        key = path.rsplit(".", 1)[-1]
        if inside in _SECRET_PATHS or _SECRET_KEY.search(key) or _URL_WITH_PASSWORD.search(text):
            yield path
        yield from _secrets(_inside(text), path)


def _inside(text: str) -> Any:
    """The content of a text that is a YAML mapping or list, as some values are; None for
    any other text."""
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return None
    return content if isinstance(content, (dict, list)) else None
