"""A Helm release, by a helm that is made up."""

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


def has(words: list[str], *expected: str) -> bool:
    """Whether they stand there, one after the other."""
    places = range(len(words) - len(expected) + 1)
    return any(tuple(words[place : place + len(expected)]) == expected for place in places)


def test_a_release_is_installed_or_upgraded_and_waited_for() -> None:
    words = line()
    assert words[:5] == ["helm", "upgrade", "--install", "airflow", "chart.tgz"]
    assert has(words, "--namespace", "data")
    assert has(words, "--values", "-")
    assert has(words, "--labels", "made-by=us")
    assert has(words, "--wait", "--timeout", "300s")


def test_the_releases_own_time_out_counts() -> None:
    assert has(line(timeout=900), "--timeout", "900s")


def test_a_release_that_is_not_awaited_is_not() -> None:
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


def test_the_number_of_old_revisions_is_passed_on() -> None:
    assert has(line(maxHistory=3), "--history-max", "3")
    assert "--history-max" not in line()


def test_an_option_that_would_be_passed_over_is_refused() -> None:
    with pytest.raises(UserError, match=r"can't play these options of a Release: lint, verify$"):
        line(verify=True, lint=True)
    line(verify=False)


class Told:
    """Runs a made-up helm and keeps its warnings."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.warnings: list[str] = []

    def upgrade(
        self,
        script: str,
        *,
        values: dict[str, Any] | None = None,
        hopeless: Callable[[], bool] = lambda: False,
    ) -> bool:
        helm = program(self._folder / "helm", script)
        return upgrade(
            [str(helm)],
            values or {},
            self._folder / "kubeconfig",
            hopeless=hopeless,
            warn=self.warnings.append,
        )


@pytest.fixture
def helm(tmp_path: Path) -> Told:
    return Told(tmp_path)


def test_helm_gets_the_values_and_the_cluster(helm: Told, tmp_path: Path) -> None:
    given = tmp_path / "given"
    values = {"a": {"b": None}, "text": "\N{GRINNING FACE}"}
    assert helm.upgrade(f'cat > "{given}"; echo "$KUBECONFIG" > "{given}.config"', values=values)
    assert json.loads(given.read_text()) == values
    assert "\N{GRINNING FACE}" in given.read_text(), "YAML knows no escapes of JSON's kind"
    assert (tmp_path / "given.config").read_text().strip() == str(tmp_path / "kubeconfig")


def test_a_persons_own_settings_of_helm_do_not_count(
    helm: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELM_NAMESPACE", "theirs")
    seen = tmp_path / "seen"
    helm.upgrade(f'echo "<$HELM_NAMESPACE>" > "{seen}"')
    assert seen.read_text().strip() == "<>"


def test_a_helm_that_fails_is_heard(helm: Told) -> None:
    with pytest.raises(CommandError, match=r"^UPGRADE FAILED: cannot patch$"):
        helm.upgrade('echo "Error: UPGRADE FAILED: cannot patch" >&2; exit 1')


def test_a_helm_that_fails_in_silence_is_told_by_its_status(helm: Told) -> None:
    with pytest.raises(CommandError, match="helm ended with 3"):
        helm.upgrade("exit 3")


@pytest.mark.parametrize(
    ("messages", "words"),
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
    ids=["older", "newer", "quotes of its own"],
)
def test_the_servers_warnings_are_told(helm: Told, messages: str, words: str) -> None:
    helm.upgrade(f"echo '{messages}' >&2")
    assert helm.warnings == [words]


def test_warnings_are_not_what_it_failed_of(helm: Told) -> None:
    messages = "W0102 10:11:12.131415   77 warnings.go:70] unknown field"
    with pytest.raises(CommandError) as failed:
        helm.upgrade(f"echo '{messages}' >&2; echo 'Error: no' >&2; exit 1")
    assert str(failed.value) == "no"
    assert helm.warnings == ["unknown field"]


def test_what_else_helm_says_is_no_warning_of_the_server(helm: Told) -> None:
    assert helm.upgrade('echo "WARNING: Kubernetes configuration file is readable" >&2')
    assert not helm.warnings


def test_a_helm_that_waits_without_hope_is_stopped(helm: Told, tmp_path: Path) -> None:
    waits, end = tmp_path / "waits", tmp_path / "end"
    script = (
        f'trap \'echo ended > "{end}"; exit 1\' TERM\ntouch "{waits}"\nwhile :; do sleep 0.05; done'
    )
    assert helm.upgrade(script, hopeless=waits.exists) is False
    assert end.read_text() == "ended\n", "it has to mark its release as failed"


def test_a_helm_that_has_hope_is_waited_for(helm: Told, tmp_path: Path) -> None:
    go = tmp_path / "go"

    def hopeless() -> bool:
        go.touch()
        return False

    assert helm.upgrade(f'until [ -e "{go}" ]; do sleep 0.05; done', hopeless=hopeless)


def test_no_helm_is_left_when_a_person_interrupts(helm: Told, tmp_path: Path) -> None:
    known = tmp_path / "known"

    def interrupt() -> bool:
        if known.exists():
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        helm.upgrade(
            f'echo $$ > "{known}.new"; mv "{known}.new" "{known}"; exec sleep 60',
            hopeless=interrupt,
        )
    with pytest.raises(ProcessLookupError):
        os.kill(int(known.read_text()), 0)


def test_a_release_is_uninstalled_from_its_namespace_even_if_it_is_gone(tmp_path: Path) -> None:
    given = tmp_path / "given"
    helm = program(tmp_path / "helm", f'echo "$KUBECONFIG $*" > "{given}"')
    uninstall(helm, tmp_path / "kubeconfig", "airflow", "data")
    assert given.read_text().split() == [
        str(tmp_path / "kubeconfig"),
        *("uninstall", "airflow", "--namespace", "data", "--wait", "--ignore-not-found"),
    ]
