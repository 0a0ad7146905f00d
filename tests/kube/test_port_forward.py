"""Port-forwards to a Service."""

from pathlib import Path

import pytest

from airflow_k8s.kube.kubectl import Kubectl
from airflow_k8s.kube.port_forward import Forward
from airflow_k8s.toolchain.command import CommandError


def forward(folder: Path, script: str) -> Forward:
    """With a kubectl that is this script."""
    program = folder / "kubectl"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    kubectl = Kubectl(program=program, kubeconfig=folder / "kubeconfig", context="here")
    return Forward(kubectl, namespace="n", service="s", port=8080, log=folder / "log")


def test_the_address_is_the_one_that_kubectl_prints(tmp_path: Path) -> None:
    way = forward(tmp_path, "echo 'Forwarding from 127.0.0.1:40123 -> 8080'; exec sleep 30")
    try:
        assert way.address() == "http://127.0.0.1:40123"
    finally:
        way.close()


def test_a_port_forward_that_ended_is_opened_again(tmp_path: Path) -> None:
    count = tmp_path / "count"
    script = f"echo x >> {count}; echo 'Forwarding from 127.0.0.1:1 -> 8080'; exec sleep 30"
    way = forward(tmp_path, script)
    try:
        for _ in range(2):
            way.address()
            way.address()
            way.close()
    finally:
        way.close()
    assert count.read_text() == "x\nx\n"


def test_the_error_of_kubectl_is_raised_if_there_is_no_pod(tmp_path: Path) -> None:
    way = forward(tmp_path, "echo 'error: no pod' >&2; exit 1")
    with pytest.raises(CommandError, match="error: no pod"):
        way.address()
