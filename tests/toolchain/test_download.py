"""Downloads: which files are kept, and how soon it is clear that no server answers."""

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
def silent(local: None) -> Iterator[str]:
    """The address of a server that accepts connections and never answers."""
    del local
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_file_is_downloaded_unchanged(tmp_path: Path, web: Web) -> None:
    download(web.serves("/file", CONTENT), tmp_path / "file", sha256=SHA256)
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_redirect_is_followed(tmp_path: Path, web: Web) -> None:
    web.redirects["/latest"] = web.serves("/file", CONTENT)
    address = f"{web.address}/latest"
    assert answering([address]) == {address}
    download(address, tmp_path / "file", sha256=SHA256)
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_file_with_another_checksum_is_refused_and_deleted(tmp_path: Path, web: Web) -> None:
    address = web.serves("/file", b"tampered with")
    with pytest.raises(CommandError, match=rf"/file has sha256 [0-9a-f]+ instead of {SHA256}"):
        download(address, tmp_path / "file", sha256=SHA256)
    assert list(tmp_path.iterdir()) == []


def test_the_error_contains_the_address_and_the_reason(
    tmp_path: Path, web: Web, refusing_address: str, silent: str
) -> None:
    file = tmp_path / "file"
    with pytest.raises(CommandError, match=rf"{web.address}/none: .*404"):
        download(f"{web.address}/none", file, sha256=SHA256)
    with pytest.raises(CommandError, match=rf"{refusing_address}: .*refused"):
        download(refusing_address, file, sha256=SHA256)
    with pytest.raises(CommandError, match=rf"{silent}: .*timed out"):
        download(silent, file, sha256=SHA256, timeout=0.1)
    with pytest.raises(CommandError, match=r"^/a/path: "):
        download("/a/path", file, sha256=SHA256)
    assert not file.exists()


def test_an_address_without_tls_is_refused(tmp_path: Path, web: Web) -> None:
    address = web.serves("/file", CONTENT).replace("127.0.0.1", "localhost")
    with pytest.raises(CommandError, match=f"^{address}: "):
        download(address, tmp_path / "file", sha256=SHA256)
    assert answering([address]) == set()
    assert web.requests == []


def test_a_redirect_to_an_address_without_tls_is_refused(tmp_path: Path, web: Web) -> None:
    plain = web.serves("/file", CONTENT).replace("127.0.0.1", "localhost")
    web.redirects["/latest"] = plain
    with pytest.raises(CommandError, match="/latest: "):
        download(f"{web.address}/latest", tmp_path / "file", sha256=SHA256)
    assert web.requests == ["GET latest"]


def test_a_connection_that_breaks_off_leaves_no_file(tmp_path: Path, web: Web) -> None:
    web.breaks_off = True
    with pytest.raises(CommandError, match="/file: the connection broke off"):
        download(web.serves("/file", CONTENT), tmp_path / "file", sha256=SHA256)
    assert list(tmp_path.iterdir()) == []


def test_an_address_answers_only_if_it_has_a_file(web: Web, refusing_address: str) -> None:
    present = web.serves("/file", CONTENT)
    assert answering([present, f"{web.address}/none", refusing_address, "/a/path"]) == {present}
    assert "GET file" not in web.requests, "it was downloaded just to see whether it exists"


def test_several_silent_servers_cost_one_timeout(web: Web, silent: str) -> None:
    present = web.serves("/file", CONTENT)
    start = monotonic()
    found = answering([present, silent, f"{silent}/2", f"{silent}/3"], within=0.5)
    assert found == {present}
    assert monotonic() - start < 1.4
