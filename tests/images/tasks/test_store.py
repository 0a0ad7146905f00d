"""A folder is replaced completely, or not changed."""

from pathlib import Path

import pytest

import store


def test_the_old_folder_is_restored_if_the_new_one_cannot_replace_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "day"
    folder.mkdir()
    (folder / "old").touch()
    rename = Path.rename

    def failing_rename(self: Path, target: Path) -> Path:
        if target == folder and not self.name.endswith(".before"):
            raise SystemExit(143)  # as if terminated between the two renames
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing_rename)
    with pytest.raises(SystemExit), store.replacing(folder) as building:
        (building / "new").touch()
    assert [file.name for file in tmp_path.rglob("*")] == ["day", "old"]
