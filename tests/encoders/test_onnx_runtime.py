import os
import subprocess
import sys

import numpy as np
import pytest
from tiny_models import save_text_network

from aisle.encoders.onnx_runtime import OnnxSession
from aisle.errors import EncoderError

FIELDS = ("input_ids", "attention_mask", "token_type_ids")


@pytest.fixture
def path(tmp_path):
    save_text_network(tmp_path / "model.onnx", positions=8)
    return tmp_path / "model.onnx"


def test_inputs_and_outputs_by_name(path):
    session = OnnxSession(path)
    assert session.inputs == FIELDS
    assert session.outputs == {"last_hidden_state": ["batch", "length", 6]}


def test_a_file_and_what_it_holds_are_the_same_network(path):
    feed = {name: np.ones((1, 3), np.int64) for name in FIELDS}
    one, other = (
        OnnxSession(model).run("last_hidden_state", feed) for model in (path, path.read_bytes())
    )
    assert one.dtype == np.float32
    np.testing.assert_array_equal(one, other)


def test_inputs_that_do_not_fit_are_one_line(path):
    with pytest.raises(EncoderError, match=r"^tiny cannot be run by ONNX Runtime: ") as caught:
        OnnxSession(path, "tiny").run("last_hidden_state", {"input_ids": np.ones((1, 3))})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.95])
def test_damaged_network(path, keep):
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * keep)])
    with pytest.raises(EncoderError, match=r"model\.onnx cannot be loaded") as caught:
        OnnxSession(path, "tiny")
    assert "\n" not in str(caught.value)


PROGRAM = """
import sys
from aisle.encoders.onnx_runtime import OnnxSession
OnnxSession(sys.argv[1])
"""


def test_a_session_leaves_no_file_in_the_users_home(path, tmp_path):
    """ONNX Runtime 1.29 and later would write a device id and a telemetry database."""
    home = tmp_path / "home"
    home.mkdir()
    kept = {"PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT"}
    surroundings = {name: value for name, value in os.environ.items() if name in kept}
    subprocess.run(
        [sys.executable, "-c", PROGRAM, path],
        check=True,
        env=surroundings | {"HOME": str(home), "USERPROFILE": str(home)},
    )
    assert list(home.rglob("*")) == []
