"""The programs that are run beside: a deployer's, and kubectl's way to a Service."""

import os
import sys
from pathlib import Path

import pytest

from e2e.deployer import Commands
from e2e.forward import Forward
from e2e.kubectl import Kubectl
from tools.command import Failed


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    return Commands(folder=tmp_path, logs=tmp_path, environment=os.environ)


def forward(folder: Path, script: str) -> Forward:
    """With a kubectl that is this script."""
    program = folder / "kubectl"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    kubectl = Kubectl(program=program, kubeconfig=folder / "kubeconfig", context="here")
    return Forward(kubectl, namespace="n", service="s", port=8080, log=folder / "log")


def test_the_output_of_each_command_is_kept(commands: Commands, tmp_path: Path) -> None:
    commands.run([sys.executable, "-c", "print('one')"], "first")
    commands.run([sys.executable, "-c", "print('two')"], "second")
    assert (tmp_path / "01-first.log").read_text() == "one\n"
    assert (tmp_path / "02-second.log").read_text() == "two\n"


def test_a_command_that_fails_is_told_with_its_last_words(commands: Commands) -> None:
    with pytest.raises(Failed, match=r"(?s)it ended with 3;.*\nbecause"):
        commands.run([sys.executable, "-c", "print('because'); raise SystemExit(3)"], "it")


def test_the_address_is_the_one_that_kubectl_says(tmp_path: Path) -> None:
    way = forward(tmp_path, "echo 'Forwarding from 127.0.0.1:40123 -> 8080'; exec sleep 30")
    try:
        assert way.address() == "http://127.0.0.1:40123"
    finally:
        way.close()


def test_a_way_that_broke_is_opened_anew(tmp_path: Path) -> None:
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


def test_without_a_pod_kubectls_words_are_told(tmp_path: Path) -> None:
    way = forward(tmp_path, "echo 'error: no pod' >&2; exit 1")
    with pytest.raises(Failed, match="error: no pod"):
        way.address()
