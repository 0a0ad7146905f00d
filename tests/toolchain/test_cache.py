"""The cache: where it is, and that what it holds is whole."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from airflow_k8s.toolchain.cache import cache, kept
from airflow_k8s.toolchain.command import CommandError


def test_it_is_where_the_user_keeps_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert cache() == Path("/home/someone/.cache/airflow-platform")
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert cache() == Path("/elsewhere/airflow-platform")


def test_a_folder_is_filled_once(tmp_path: Path, messages: list[str]) -> None:
    first = kept(tmp_path / "kept", lambda folder: (folder / "first").touch(), messages.append)
    again = kept(tmp_path / "kept", lambda folder: (folder / "again").touch(), messages.append)
    assert again == first
    assert [file.name for file in first.iterdir()] == ["first"]
    assert not messages


def test_a_folder_that_could_not_be_filled_is_not_there(
    tmp_path: Path, messages: list[str]
) -> None:
    folder = tmp_path / "kept"

    def broken(unfinished: Path) -> None:
        (unfinished / "half").touch()
        assert not folder.exists(), "another process would take the half for the whole"
        raise CommandError("no network")

    with pytest.raises(CommandError, match="no network"):
        kept(folder, broken, messages.append)
    assert not folder.exists()
    kept(folder, lambda unfinished: (unfinished / "whole").touch(), messages.append)
    assert [file.name for file in folder.iterdir()] == ["whole"]


def test_what_a_killed_process_left_does_not_get_in(tmp_path: Path, messages: list[str]) -> None:
    folder = tmp_path / "kept"

    def killed(unfinished: Path) -> None:
        left.append(unfinished)
        raise CommandError("killed")

    left: list[Path] = []
    with pytest.raises(CommandError):
        kept(folder, killed, messages.append)
    left[0].mkdir()
    (left[0] / "half").touch()
    kept(folder, lambda unfinished: (unfinished / "whole").touch(), messages.append)
    assert [file.name for file in folder.iterdir()] == ["whole"]


def test_of_two_that_want_the_same_one_makes_it_and_the_other_says_that_it_waits(
    tmp_path: Path,
) -> None:
    making, waiting = Event(), Event()
    makers: list[str] = []

    def fill(folder: Path, name: str) -> None:
        makers.append(name)
        making.set()
        assert waiting.wait(9), "the other did not say that it waits"
        (folder / name).touch()

    def notify(text: str) -> None:
        assert text == "waiting for another process that makes kept"
        waiting.set()

    with ThreadPoolExecutor() as pool:
        first = pool.submit(kept, tmp_path / "kept", lambda folder: fill(folder, "first"), print)
        assert making.wait(9)
        second = pool.submit(kept, tmp_path / "kept", lambda folder: fill(folder, "second"), notify)
        assert first.result() == second.result()
    assert makers == ["first"]
