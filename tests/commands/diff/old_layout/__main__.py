"""A program of the old layout: its packages are folders beside this file."""

import pulumi_kubernetes as k8s
from settings import NAMESPACE

k8s.core.v1.Namespace("platform", metadata={"name": NAMESPACE})
