"""The type of a Kubernetes object as plain data."""

from collections.abc import Mapping
from typing import Any

Manifest = Mapping[str, Any]
"""An object as YAML or the API server has it: apiVersion, kind, metadata, spec, status."""
