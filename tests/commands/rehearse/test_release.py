"""A Helm release, with a fake helm."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_k8s.commands.rehearse.release import command, uninstall, upgrade
from airflow_k8s.errors import UserError
from airflow_k8s.toolchain.command import CommandError
from tests.programs import program

INPUTS = {"name": "airflow", "namespace": "data", "chart": "airflow", "version": "1.22.0"}


def line(**inputs: Any) -> list[str]:
    return command(Path("helm"), Path("chart.tgz"), {**INPUTS, **inputs}, label="made-by=us")


def has(arguments: list[str], *expected: str) -> bool:
    """Whether the arguments contain the expected ones in sequence."""
    starts = range(len(arguments) - len(expected) + 1)
    return any(tuple(arguments[start : start + len(expected)]) == expected for start in starts)


def test_the_command_installs_or_upgrades_a_release_and_waits() -> None:
    arguments = line()
    assert arguments[:5] == ["helm", "upgrade", "--install", "airflow", "chart.tgz"]
    assert has(arguments, "--namespace", "data")
    assert has(arguments, "--values", "-")
    assert has(arguments, "--labels", "made-by=us")
    assert has(arguments, "--wait", "--timeout", "300s")


def test_the_timeout_of_the_release_is_passed_to_helm() -> None:
    assert has(line(timeout=900), "--timeout", "900s")


def test_skip_await_removes_the_flags_for_waiting() -> None:
    assert not {"--wait", "--timeout"} & set(line(skipAwait=True, timeout=900))


@pytest.mark.parametrize(
    ("option", "flag"),
    [
        ("atomic", "--atomic"),
        ("cleanupOnFail", "--cleanup-on-fail"),
        ("createNamespace", "--create-namespace"),
        ("disableOpenapiValidation", "--disable-openapi-validation"),
        ("disableWebhooks", "--no-hooks"),
        ("forceUpdate", "--force"),
        ("skipCrds", "--skip-crds"),
        ("waitForJobs", "--wait-for-jobs"),
    ],
)
def test_an_option_of_the_release_is_a_flag_of_helm(option: str, flag: str) -> None:
    assert flag in line(**{option: True})
    assert flag not in line(**{option: False})
    assert flag not in line()


def test_the_maximum_number_of_revisions_is_passed_to_helm() -> None:
    assert has(line(maxHistory=3), "--history-max", "3")
    assert "--history-max" not in line()


def test_an_unsupported_option_is_an_error() -> None:
    with pytest.raises(UserError, match=r"these options of a Release: lint, verify$"):
        line(verify=True, lint=True)
    line(verify=False)


class FakeHelm:
    """Runs a script as helm and keeps the warnings."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.warnings: list[str] = []

    def upgrade(
        self,
        script: str,
        *,
        values: dict[str, Any] | None = None,
        gives_up: Callable[[], bool] = lambda: False,
    ) -> bool:
        helm = program(self._folder / "helm", script)
        return upgrade(
            [str(helm)],
            values or {},
            self._folder / "kubeconfig",
            gives_up=gives_up,
            warn=self.warnings.append,
        )


@pytest.fixture
def helm(tmp_path: Path) -> FakeHelm:
    return FakeHelm(tmp_path)


def test_helm_gets_the_values_and_the_kubeconfig(helm: FakeHelm, tmp_path: Path) -> None:
    given = tmp_path / "given"
    values = {"a": {"b": None}, "text": "\N{GRINNING FACE}"}
    assert helm.upgrade(f'cat > "{given}"; echo "$KUBECONFIG" > "{given}.config"', values=values)
    assert json.loads(given.read_text()) == values
    assert "\N{GRINNING FACE}" in given.read_text(), "YAML does not support the escapes of JSON"
    assert (tmp_path / "given.config").read_text().strip() == str(tmp_path / "kubeconfig")


def test_the_users_own_variables_of_helm_are_ignored(
    helm: FakeHelm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELM_NAMESPACE", "other")
    seen = tmp_path / "seen"
    helm.upgrade(f'echo "<$HELM_NAMESPACE>" > "{seen}"')
    assert seen.read_text().strip() == "<>"


def test_the_error_message_of_helm_is_raised(helm: FakeHelm) -> None:
    with pytest.raises(CommandError, match=r"^UPGRADE FAILED: cannot patch$"):
        helm.upgrade('echo "Error: UPGRADE FAILED: cannot patch" >&2; exit 1')


def test_a_helm_without_an_error_message_is_reported_with_its_exit_code(helm: FakeHelm) -> None:
    with pytest.raises(CommandError, match="helm exited with code 3"):
        helm.upgrade("exit 3")


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (
            'W0102 10:11:12.131415   77 warnings.go:70] would violate PodSecurity "restricted"',
            'would violate PodSecurity "restricted"',
        ),
        (
            r'I0102 10:11:12.131415   77 warnings.go:110] "Warning: unknown field \"spec.x\""',
            'unknown field "spec.x"',
        ),
        (
            'W0102 10:11:12.131415   77 warnings.go:70] "a" is deprecated, use "b"',
            '"a" is deprecated, use "b"',
        ),
    ],
    ids=["older", "newer", "with quotes"],
)
def test_warnings_of_the_server_are_passed_on(helm: FakeHelm, output: str, message: str) -> None:
    helm.upgrade(f"echo '{output}' >&2")
    assert helm.warnings == [message]


def test_warnings_are_not_part_of_the_error_message(helm: FakeHelm) -> None:
    messages = "W0102 10:11:12.131415   77 warnings.go:70] unknown field"
    with pytest.raises(CommandError) as failed:
        helm.upgrade(f"echo '{messages}' >&2; echo 'Error: no' >&2; exit 1")
    assert str(failed.value) == "no"
    assert helm.warnings == ["unknown field"]


def test_other_output_of_helm_is_no_warning_of_the_server(helm: FakeHelm) -> None:
    assert helm.upgrade('echo "WARNING: Kubernetes configuration file is readable" >&2')
    assert not helm.warnings


def test_helm_gets_sigterm_when_waiting_is_given_up(helm: FakeHelm, tmp_path: Path) -> None:
    waits, end = tmp_path / "waits", tmp_path / "end"
    script = (
        f'trap \'echo ended > "{end}"; exit 1\' TERM\ntouch "{waits}"\nwhile :; do sleep 0.05; done'
    )
    assert helm.upgrade(script, gives_up=waits.exists) is False
    assert end.read_text() == "ended\n", "helm marks its release as failed"


def test_helm_runs_to_its_end_while_waiting_is_not_given_up(helm: FakeHelm, tmp_path: Path) -> None:
    go = tmp_path / "go"

    def gives_up() -> bool:
        go.touch()
        return False

    assert helm.upgrade(f'until [ -e "{go}" ]; do sleep 0.05; done', gives_up=gives_up)


def test_an_interruption_kills_helm(helm: FakeHelm, tmp_path: Path) -> None:
    known = tmp_path / "known"

    def interrupt() -> bool:
        if known.exists():
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        helm.upgrade(
            f'echo $$ > "{known}.new"; mv "{known}.new" "{known}"; exec sleep 60',
            gives_up=interrupt,
        )
    with pytest.raises(ProcessLookupError):
        os.kill(int(known.read_text()), 0)


def test_uninstall_ignores_a_missing_release(tmp_path: Path) -> None:
    given = tmp_path / "given"
    helm = program(tmp_path / "helm", f'echo "$KUBECONFIG $*" > "{given}"')
    uninstall(helm, tmp_path / "kubeconfig", "airflow", "data")
    assert given.read_text().split() == [
        str(tmp_path / "kubeconfig"),
        *("uninstall", "airflow", "--namespace", "data", "--wait", "--ignore-not-found"),
    ]
