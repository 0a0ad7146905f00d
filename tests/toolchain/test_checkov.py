"""The lock file of checkov."""

import re

from airflow_k8s.toolchain.checkov import LOCK
from tests.conftest import PROGRAM


def test_the_required_packages_are_locked_and_every_package_has_a_checksum() -> None:
    assert LOCK.is_relative_to(PROGRAM / "airflow_k8s" / "commands" / "audit")
    required = re.findall(r"^[a-z0-9-]+==\S+$", LOCK.with_suffix(".in").read_text(), re.MULTILINE)
    packages = re.split(r"^(?=[a-z0-9-]+==)", LOCK.read_text(), flags=re.MULTILINE)[1:]
    assert set(required) <= {text.split()[0] for text in packages}
    assert [text.split()[0] for text in packages if "--hash=sha256:" not in text] == []
