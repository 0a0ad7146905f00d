"""The cache: where it is, and that its folders are complete."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from airflow_k8s.toolchain.cache import cache_root, fill_once
from airflow_k8s.toolchain.command import CommandError


def test_the_cache_is_in_the_users_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert cache_root() == Path("/home/someone/.cache/airflow-platform")
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert cache_root() == Path("/elsewhere/airflow-platform")


def test_a_folder_is_filled_once(tmp_path: Path, messages: list[str]) -> None:
    first = fill_once(tmp_path / "kept", lambda folder: (folder / "first").touch(), messages.append)
    again = fill_once(tmp_path / "kept", lambda folder: (folder / "again").touch(), messages.append)
    assert again == first
    assert [file.name for file in first.iterdir()] == ["first"]
    assert not messages


def test_a_folder_that_could_not_be_filled_does_not_exist(
    tmp_path: Path, messages: list[str]
) -> None:
    folder = tmp_path / "kept"

    def broken(unfinished: Path) -> None:
        (unfinished / "half").touch()
        assert not folder.exists(), "another process would use an incomplete folder"
        raise CommandError("no network")

    with pytest.raises(CommandError, match="no network"):
        fill_once(folder, broken, messages.append)
    assert not folder.exists()
    fill_once(folder, lambda unfinished: (unfinished / "complete").touch(), messages.append)
    assert [file.name for file in folder.iterdir()] == ["complete"]


def test_files_of_a_killed_process_are_not_kept(tmp_path: Path, messages: list[str]) -> None:
    folder = tmp_path / "kept"

    def killed(unfinished: Path) -> None:
        left.append(unfinished)
        raise CommandError("killed")

    left: list[Path] = []
    with pytest.raises(CommandError):
        fill_once(folder, killed, messages.append)
    left[0].mkdir()
    (left[0] / "half").touch()
    fill_once(folder, lambda unfinished: (unfinished / "complete").touch(), messages.append)
    assert [file.name for file in folder.iterdir()] == ["complete"]


def test_a_second_process_waits_while_the_first_fills_the_folder(
    tmp_path: Path,
) -> None:
    making, waiting = Event(), Event()
    makers: list[str] = []

    def fill(folder: Path, name: str) -> None:
        makers.append(name)
        making.set()
        assert waiting.wait(9), "the other did not announce that it waits"
        (folder / name).touch()

    def notify(text: str) -> None:
        assert text == "waiting for another process that makes kept"
        waiting.set()

    with ThreadPoolExecutor() as pool:
        first = pool.submit(
            fill_once, tmp_path / "kept", lambda folder: fill(folder, "first"), print
        )
        assert making.wait(9)
        second = pool.submit(
            fill_once, tmp_path / "kept", lambda folder: fill(folder, "second"), notify
        )
        assert first.result() == second.result()
    assert makers == ["first"]
