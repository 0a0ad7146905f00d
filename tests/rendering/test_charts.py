"""Finding the chart: the sources, the checksums, and the stand-in."""

import hashlib
import sys
from pathlib import Path

import pytest

from airflow_k8s.errors import UserError
from airflow_k8s.rendering import charts
from airflow_k8s.rendering.found_chart import FoundChart
from airflow_k8s.stack.settings.airflow import Chart

CONTENT = b"an archive"
WANTED = Chart(version="1.22.0")
# Answers as helm does; `pull` writes $PULLED into its destination, or fails where that is empty.
HELM = """#!/bin/sh
case "$1" in
env) echo "$HELM_REPOSITORY_CACHE" ;;
show) [ ! -f "$3" ] || grep -q a "$3" || { echo "Error: not a gzipped archive" >&2; exit 1; }
  printf 'name: airflow\\nversion: 1.22.0\\n' ;;
pull) echo "$@" >> "$CALLS"
  answer="${ANSWER:-lookup: no such host}"
  [ -n "$PULLED" ] || { printf 'Error: first\\n%s\\n' "$answer" >&2; exit 1; }
  while [ "$1" != --destination ]; do [ "$1" = --version ] && version=$2; shift; done
  printf %s "$PULLED" > "$2/airflow-$version.tgz" ;;
esac
"""


class Machine:
    """A home of its own with a Helm that answers without a network."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.cache = folder / "helm-cache"
        self.calls = folder / "calls"
        self.helm = folder / "helm"
        self.helm.write_text(HELM)
        self.helm.chmod(0o755)
        self.messages: list[str] = []
        self._environment = monkeypatch
        monkeypatch.setenv("HELM_REPOSITORY_CACHE", str(self.cache))
        monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        monkeypatch.setenv("CALLS", str(self.calls))
        pinned = {"1.22.0": hashlib.sha256(CONTENT).hexdigest()}
        monkeypatch.setattr(charts, "SHA256", pinned)

    def offers(self, content: bytes) -> None:
        """What a download brings."""
        self._environment.setenv("PULLED", content.decode())

    def answers(self, error: str) -> None:
        """Why a download fails."""
        self._environment.setenv("ANSWER", error)

    def python(self, script: str) -> None:
        """What stands for pip."""
        fake = self.folder / "python"
        fake.write_text(f"#!/bin/sh\n{script}\n")
        fake.chmod(0o755)
        self._environment.setattr(sys, "executable", str(fake))

    def holds(self, name: str, content: bytes = CONTENT) -> Path:
        """An archive in Helm's cache."""
        self.cache.mkdir(exist_ok=True)
        (self.cache / name).write_bytes(content)
        return self.cache / name

    def finds(
        self, wanted: Chart = WANTED, explicit: Path | None = None, *, strict: bool = True
    ) -> FoundChart:
        return charts.find_chart(
            wanted,
            helm=self.helm,
            program=self.folder,
            explicit=explicit,
            strict=strict,
            notify=self.messages.append,
        )


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def test_the_archive_in_helms_cache_is_used_without_a_message(machine: Machine) -> None:
    archive = machine.holds("airflow-1.22.0.tgz")
    assert machine.finds() == FoundChart(path=archive, version="1.22.0")
    assert not machine.messages
    assert not machine.calls.exists(), "it was downloaded all the same"


def test_an_archive_with_another_checksum_is_rejected_even_without_strict(
    machine: Machine,
) -> None:
    archive = machine.holds("airflow-1.22.0.tgz", b"another")
    with pytest.raises(UserError) as problem:
        machine.finds(strict=False)
    text = str(problem.value)
    assert str(archive) in text
    assert hashlib.sha256(CONTENT).hexdigest() in text
    assert hashlib.sha256(b"another").hexdigest() in text
    assert "Delete that file, or pin the other" in text


def test_a_version_without_a_pinned_checksum_is_used_with_a_message(machine: Machine) -> None:
    archive = machine.holds("airflow-1.21.0.tgz", b"whatever")
    assert machine.finds(Chart(version="1.21.0")).path == archive
    assert machine.messages == [
        f"the checksum of chart airflow 1.21.0 is not pinned: {archive} is trusted"
    ]


def test_a_chart_of_the_same_name_from_elsewhere_is_another_chart(machine: Machine) -> None:
    # Helm's cache distinguishes charts only by name and version.
    official = machine.holds("airflow-1.22.0.tgz")
    machine.offers(b"a fork of it")
    fork = machine.finds(Chart(repository="", reference="oci://example.com/airflow"))
    assert fork.path.read_bytes() == b"a fork of it"
    assert machine.finds().path == official
    assert any("is not pinned" in messages for messages in machine.messages)


def test_an_unknown_version_gets_no_stand_in(
    machine: Machine,
) -> None:
    machine.answers('chart "airflow" version "9.9.9" not found in https://example.com repository')
    with pytest.raises(UserError, match=r"9\.9\.9.* not found in"):
        machine.finds(Chart(version="9.9.9"), strict=False)


def test_a_missing_chart_is_downloaded_into_helms_cache_once(machine: Machine) -> None:
    machine.offers(CONTENT)
    found = machine.finds()
    assert found == FoundChart(path=machine.cache / "airflow-1.22.0.tgz", version="1.22.0")
    assert found.path.read_bytes() == CONTENT
    assert machine.finds() == found
    assert machine.messages == ["downloading chart airflow 1.22.0"]
    (call,) = machine.calls.read_text().splitlines()
    assert call.startswith("pull airflow --repo https://airflow.apache.org --version 1.22.0 ")


def test_an_oci_address_is_downloaded_without_a_repository(machine: Machine) -> None:
    machine.offers(CONTENT)
    machine.finds(Chart(repository="", reference="oci://example.com/charts/airflow"))
    assert machine.calls.read_text().startswith(
        "pull oci://example.com/charts/airflow --version 1.22.0 "
    )


def test_a_download_that_is_not_the_pinned_archive_never_reaches_helms_cache(
    machine: Machine,
) -> None:
    machine.offers(b"tampered with")
    with pytest.raises(UserError, match="is not the pinned chart"):
        machine.finds(strict=False)
    assert list(machine.cache.iterdir()) == []


def test_strict_mode_fails_without_the_chart_and_explains_the_alternatives(
    machine: Machine,
) -> None:
    machine.offers(b"")
    with pytest.raises(UserError) as problem:
        machine.finds(strict=True)
    assert str(problem.value) == (
        "chart airflow 1.22.0 can't be downloaded: lookup: no such host\n"
        f"Put airflow-1.22.0.tgz into {machine.cache}, give --chart PATH, or check the network."
    )


def test_a_stand_in_replaces_an_unreachable_chart_and_has_the_reason(machine: Machine) -> None:
    machine.offers(b"")
    kept = machine.folder / "cache" / "airflow-platform" / "airflow-chart-1.13.1"
    kept.mkdir(parents=True)
    found = machine.finds(strict=False)
    assert found.is_stand_in
    assert (found.path, found.version) == (kept / "airflow", "1.13.1")
    assert found.stand_in_reason == (
        "chart airflow 1.22.0 can't be downloaded: lookup: no such host"
    )


def test_a_failed_download_of_the_stand_in_reports_both_reasons(machine: Machine) -> None:
    machine.offers(b"")
    machine.python("echo ERROR: no matching distribution >&2; exit 1")
    with pytest.raises(UserError, match=r"no such host\n(.*\n)?.*no matching distribution"):
        machine.finds(strict=False)


def test_a_package_with_another_checksum_is_not_used_as_stand_in(machine: Machine) -> None:
    machine.offers(b"")
    machine.python('while [ "$1" != --dest ]; do shift; done; echo x > "$2/zrb_extras-0.0.4.whl"')
    with pytest.raises(UserError, match=r"zrb_extras-0.0.4.whl has sha256 \w{64} instead of"):
        machine.finds(strict=False)


def test_a_given_chart_is_preferred_to_all_others(machine: Machine) -> None:
    machine.holds("airflow-1.22.0.tgz")
    given = machine.folder / "given.tgz"
    given.write_bytes(CONTENT)
    assert machine.finds(explicit=given) == FoundChart(path=given, version="1.22.0")
    assert not machine.messages


def test_the_checksum_of_a_given_archive_is_verified(machine: Machine) -> None:
    given = machine.folder / "given.tgz"
    given.write_bytes(b"another")
    with pytest.raises(UserError, match="is not the pinned chart"):
        machine.finds(explicit=given)


def test_a_given_folder_is_trusted_with_a_message(machine: Machine) -> None:
    given = machine.folder / "chart"
    given.mkdir()
    found = machine.finds(Chart(version="1.23.0"), explicit=given)
    assert found == FoundChart(path=given, version="1.22.0"), (
        "the version is that of the chart found"
    )
    assert machine.messages == [
        f"the checksum of chart airflow 1.22.0 is not pinned: {given} is trusted",
        f"{given} is version 1.22.0 of the chart; the stack wants 1.23.0",
    ]


def test_a_given_path_that_does_not_exist_is_an_error_even_without_strict(
    machine: Machine,
) -> None:
    with pytest.raises(UserError, match=r"none\.tgz does not exist"):
        machine.finds(explicit=machine.folder / "none.tgz", strict=False)


def test_a_given_file_that_is_not_a_chart_is_an_error_with_helms_message(machine: Machine) -> None:
    given = machine.folder / "given.tgz"
    given.write_bytes(b"")
    with pytest.raises(UserError, match=r"given\.tgz is not a chart: not a gzipped archive"):
        machine.finds(explicit=given)


def test_a_path_in_the_stack_is_relative_to_the_program(machine: Machine) -> None:
    (machine.folder / "charts").mkdir()
    wanted = Chart(repository="", reference="./charts")
    assert machine.finds(wanted).path == machine.folder / "charts"
