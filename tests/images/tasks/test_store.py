"""A day's folder is replaced as a whole, or stays."""

from pathlib import Path

import pytest

import store


def test_what_was_there_comes_back_when_the_new_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "day"
    folder.mkdir()
    (folder / "old").touch()
    rename = Path.rename

    def breaks(self: Path, target: Path) -> Path:
        if target == folder and not self.name.endswith(".before"):
            raise SystemExit(143)  # told to end between the two
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", breaks)
    with pytest.raises(SystemExit), store.replacing(folder) as building:
        (building / "new").touch()
    assert [file.name for file in tmp_path.rglob("*")] == ["day", "old"]
