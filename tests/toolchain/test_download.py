"""Files from the network: what is kept of them, and how soon it is clear that there are none."""

import hashlib
import socket
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from airflow_k8s.toolchain.command import CommandError
from airflow_k8s.toolchain.download import answering, download
from tests.toolchain.conftest import Web

CONTENT = b"content"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def silent() -> Iterator[str]:
    """An address at which somebody listens and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_file_comes_as_it_is(tmp_path: Path, web: Web) -> None:
    download(web.serves("/file", CONTENT), tmp_path / "file", sha256=SHA256)
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_another_than_the_pinned_one_is_refused_and_not_left_behind(
    tmp_path: Path, web: Web
) -> None:
    address = web.serves("/file", b"tampered with")
    with pytest.raises(CommandError, match=rf"/file has sha256 [0-9a-f]+ instead of {SHA256}"):
        download(address, tmp_path / "file", sha256=SHA256)
    assert list(tmp_path.iterdir()) == []


def test_why_there_is_no_file_is_told_with_its_address(
    tmp_path: Path, web: Web, nobody: str, silent: str
) -> None:
    with pytest.raises(CommandError, match=rf"{web.address}/none: .*404"):
        download(f"{web.address}/none", tmp_path / "file")
    with pytest.raises(CommandError, match=rf"{nobody}: .*refused"):
        download(nobody, tmp_path / "file")
    with pytest.raises(CommandError, match=rf"{silent}: .*timed out"):
        download(silent, tmp_path / "file", wait=0.1)
    with pytest.raises(CommandError, match="/a/path: unknown url type"):
        download("/a/path", tmp_path / "file")


def test_half_a_file_is_none(tmp_path: Path, web: Web) -> None:
    web.breaks_off = True
    with pytest.raises(CommandError, match="/file: the connection broke off"):
        download(web.serves("/file", CONTENT), tmp_path / "file")


def test_only_where_there_is_something_to_download_somebody_answers(web: Web, nobody: str) -> None:
    there = web.serves("/file", CONTENT)
    assert answering([there, f"{web.address}/none", nobody, "/a/path"]) == {there}
    assert "GET file" not in web.asked, "it was downloaded just to see whether it can be"


def test_who_is_silent_is_not_waited_for_however_many_they_are(web: Web, silent: str) -> None:
    there = web.serves("/file", CONTENT)
    start = monotonic()
    assert answering([there, silent, f"{silent}/2", f"{silent}/3"], within=0.5) == {there}
    assert monotonic() - start < 1.4
