"""What `./bootstrap` decides; what it does is tried by every run of CI."""

import subprocess
from pathlib import Path

import pytest

from config import bootstrap

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "LOG", tmp_path / "log")


def test_a_python_that_is_too_old_is_one_clear_line(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && exec echo Python 3.9.2\nexit 1\n')
    old.chmod(0o755)
    done = subprocess.run([ROOT / "bootstrap"], env={"PYTHON": str(old)}, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("Plimsoll needs Python 3.11.5 to 3.14, found: Python 3.9.2.")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.usefixtures("_own_folder")
def test_a_step_that_fails_without_a_network_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(bootstrap.CannotPrepare, match=r"failed: is there a network\?"):
        bootstrap.run("Installing it", ["/bin/sh", "-c", "echo dns error: name resolution >&2; exit 2"])
    assert capsys.readouterr().out.endswith(" failed\n")


@pytest.mark.usefixtures("_own_folder")
def test_a_step_that_fails_otherwise_shows_its_last_line() -> None:
    with pytest.raises(bootstrap.CannotPrepare, match="failed: disk is full"):
        bootstrap.run("Installing it", ["/bin/sh", "-c", "echo disk is full; exit 2"])


@pytest.mark.usefixtures("_own_folder")
def test_a_stamp_holds_until_a_source_changes_its_name_or_content(tmp_path: Path) -> None:
    source, stamp = tmp_path / "a.js", tmp_path / "stamp"
    source.write_text("one")
    made_from = bootstrap.digest([source])
    assert not bootstrap.stamped(stamp, made_from)
    stamp.write_text(made_from)
    assert bootstrap.stamped(stamp, bootstrap.digest([source]))
    source.write_text("two")
    assert not bootstrap.stamped(stamp, bootstrap.digest([source]))


def test_a_program_that_is_no_uv_is_older_than_any_uv(tmp_path: Path) -> None:
    assert bootstrap.uv_version(str(tmp_path / "missing")) < bootstrap.OLDEST_UV
    assert bootstrap.uv_version("/bin/true") < bootstrap.OLDEST_UV
