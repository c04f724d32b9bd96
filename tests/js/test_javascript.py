"""The browser's modules that need no browser, under Node's own test runner."""

import subprocess
from pathlib import Path

from config.bootstrap import ROOT, node

FOLDER = Path(__file__).resolve().parent


def test_the_modules_that_need_no_browser() -> None:
    files = sorted(map(str, FOLDER.glob("*.test.mjs")))
    done = subprocess.run([*node(), "--test", *files], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
