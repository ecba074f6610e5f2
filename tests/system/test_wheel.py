"""The wheel, in an empty environment that reaches no network."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST_BYTES = 12_000_000

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel beside those of all that it needs."""
    folder = tmp_path_factory.mktemp("wheels")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--wheel-dir", folder, ROOT]
    subprocess.run(command, check=True, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def aisle(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command in an environment of its own, without a network."""
    if not offline() or subprocess.run([*offline(), "true"], check=False).returncode:
        pytest.skip("this machine has no way to run a command without its network (unshare)")
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, with_pip=True)
    install = [
        folder / "bin/python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--no-compile",
    ]
    subprocess.run([*offline(), *install, "--find-links", wheels, "aisle"], check=True, cwd=folder)
    return [*offline(), str(folder / "bin/aisle")]


def offline() -> list[str]:
    return ["unshare", "--map-root-user", "--net"] if shutil.which("unshare") else []


def test_the_wheel_is_small(wheels: Path) -> None:
    (wheel,) = wheels.glob("aisle-*.whl")
    assert wheel.stat().st_size <= MOST_BYTES


def test_it_places_a_product_right_after_the_installation(aisle: list[str], tmp_path: Path) -> None:
    command = [*aisle, "classify", "--text", "analog watch with leather strap", "--json"]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    answer = json.loads(run.stdout)
    assert answer["category"] == ["Watches", "Wrist Watches"]
    assert answer["decision"] == "assign"


def test_the_main_job_runs_there(aisle: list[str], tmp_path: Path) -> None:
    run = subprocess.run([*aisle, "demo"], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "report" in run.stdout
