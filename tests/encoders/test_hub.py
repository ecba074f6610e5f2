import os
import subprocess
import sys

import numpy as np
import pytest
from hub_server import commit_of, in_place_of_the_hub, serving
from huggingface_hub import constants
from tiny_models import image_repo, text_repo

from aisle.encoders.hub import (
    digest,
    files_in,
    locate,
    locate_files,
    modalities_of,
    needed_files,
    read_json,
)
from aisle.encoders.text import open_text_encoder
from aisle.errors import EncoderError
from aisle.schema import Modality

TEXT, IMAGE = Modality.TEXT, Modality.IMAGE
NEEDED = ["1_Pooling/config.json", "onnx/model.onnx", "sentence_bert_config.json", "tokenizer.json"]


def contents(root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def repos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("repos")
    unneeded = {
        "README.md": b"# read me",
        "pytorch_model.bin": b"x" * 1000,
        "onnx/model_O4.onnx": b"x",
    }
    text = contents(text_repo(folder / "text")) | unneeded
    older = contents(text_repo(folder / "older", cls=True, window=4)) | unneeded
    return {
        "org/text": {"main": text, "v1": older, "refs/pr/1": older},
        "org/image": {"main": contents(image_repo(folder / "image")) | unneeded},
        "org/bare": {"main": unneeded},
    }


@pytest.fixture
def hub(repos, tmp_path, monkeypatch):
    """A server in place of the hub, and an empty cache."""
    with in_place_of_the_hub(repos, tmp_path / "cache", monkeypatch) as server:
        yield server


def refusal(spec, modality=TEXT):
    with pytest.raises(EncoderError) as caught:
        locate(spec, modality)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_folder_is_taken_as_it_is(hub, tmp_path):
    assert locate(tmp_path, TEXT) == tmp_path
    assert locate(str(tmp_path), IMAGE) == tmp_path
    assert hub.requests == []


@pytest.mark.parametrize(
    "spec", ["minilm", "./nothing/here/x", "/nothing", "a/b/c", "org/name@", "x y/z"]
)
def test_neither_folder_nor_repo_id(hub, spec):
    assert "neither a folder nor a repo id" in refusal(spec)
    assert hub.requests == []


def test_file_in_place_of_a_folder(hub, tmp_path):
    (tmp_path / "model.onnx").touch()
    assert "neither a folder" in refusal(tmp_path / "model.onnx")


def test_only_needed_files_are_fetched_and_make_an_encoder(hub, repos):
    root = locate("org/text", TEXT)
    assert hub.fetched() == NEEDED
    assert contents(root) == {name: repos["org/text"]["main"][name] for name in NEEDED}
    encoder = open_text_encoder(root, "text")
    assert encoder.encode(["red shirt"]).shape == (1, 6)


def test_picture_encoder(hub):
    locate("org/image", IMAGE)
    assert hub.fetched() == ["onnx/model.onnx", "preprocessor_config.json"]


def test_files_of_the_callers_choice(hub, repos, tmp_path):
    root = locate_files("org/bare", lambda names: [name for name in names if name.endswith(".bin")])
    assert hub.fetched() == ["pytorch_model.bin"]
    assert contents(root) == {"pytorch_model.bin": repos["org/bare"]["main"]["pytorch_model.bin"]}
    assert locate_files(tmp_path, lambda names: names) == tmp_path


@pytest.mark.parametrize("revision", ["v1", commit_of("v1"), "refs/pr/1"])
def test_pinned_revision(hub, revision):
    encoder = open_text_encoder(locate(f"org/text@{revision}", TEXT))
    assert encoder.window == 4
    assert open_text_encoder(locate("org/text", TEXT)).window == 8


def test_second_time_no_file_is_fetched_again(hub):
    first = locate("org/text", TEXT)
    hub.requests.clear()
    assert locate("org/text", TEXT) == first
    assert hub.fetched() == []


@pytest.mark.parametrize(
    "spec", ["org/text", "org/text@v1", f"org/text@{commit_of('v1')}", "org/text@refs/pr/1"]
)
def test_offline_the_cache_is_enough_and_no_request_is_made(hub, monkeypatch, spec):
    first = locate(spec, TEXT)
    hub.requests.clear()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert locate(spec, TEXT) == first
    assert hub.requests == []


def test_offline_without_a_cache_is_one_line(hub, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert "'org/text' is not in the local cache" in refusal("org/text")
    assert hub.requests == []


def test_unknown_repo_and_revision(hub):
    assert refusal("org/nothing") == "the hub has no repo 'org/nothing' that you may read"
    assert refusal("org/text@v9") == "the repo 'org/text' has no revision 'v9'"


def test_repo_without_a_network(hub):
    assert "no ONNX file for text" in refusal("org/bare")
    assert "no ONNX file for image" in refusal("org/bare@main", IMAGE)
    assert hub.fetched() == []


@pytest.mark.parametrize("spec", ["org/name..x", "-org/name", "org/na--me", "org/" + "x" * 200])
def test_impossible_repo_id_is_one_line(hub, spec):
    assert f"{spec!r} cannot be fetched" in refusal(spec)


def test_server_that_fails(hub):
    hub.failing = True
    assert "'org/text' cannot be fetched from the hub" in refusal("org/text")


def test_server_that_is_down(hub, monkeypatch):
    with serving({}) as other:
        gone = other.endpoint
    first = locate("org/text", TEXT)
    monkeypatch.setattr(constants, "ENDPOINT", gone)
    assert locate("org/text", TEXT) == first
    assert "the hub cannot be reached" in refusal("org/image", IMAGE)


SCRIPT = """
import sys
from aisle.encoders.hub import locate
from aisle.encoders.text import open_text_encoder
from aisle.schema import Modality
print(*open_text_encoder(locate(sys.argv[1], Modality.TEXT)).encode(["red shirt"])[0])
"""


def test_environment_of_the_hub_is_heeded(hub, tmp_path):
    def run(**settings):
        names = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": str(tmp_path / "home")}
        return subprocess.run(
            [sys.executable, "-c", SCRIPT, "org/text@v1"],
            env=os.environ | names | settings,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    online = run()
    assert (tmp_path / "home" / "hub").is_dir()
    hub.requests.clear()
    assert run(HF_HUB_OFFLINE="1") == online
    assert hub.requests == []
    assert np.isclose(np.linalg.norm([float(value) for value in online.split()]), 1)


@pytest.mark.parametrize(
    ("there", "modality", "chosen"),
    [
        (["onnx/model.onnx", "onnx/model_quantized.onnx"], TEXT, "onnx/model_quantized.onnx"),
        (["onnx/model.onnx", "onnx/model_quantized.onnx"], IMAGE, "onnx/model.onnx"),
        (["model.onnx", "onnx/model.onnx"], TEXT, "onnx/model.onnx"),
        (["model.onnx"], TEXT, "model.onnx"),
        (["model.onnx"], IMAGE, "model.onnx"),
        (["onnx/model_int8.onnx", "onnx/model.onnx"], TEXT, "onnx/model_int8.onnx"),
        (["onnx/model_quantized.onnx"], IMAGE, "onnx/model_quantized.onnx"),
        (["onnx/model.onnx", "model.safetensors", "tokenizer.json"], TEXT, "onnx/model.onnx"),
        (["model.safetensors", "tokenizer.json"], TEXT, "model.safetensors"),
    ],
)
def test_which_weights_are_chosen(there, modality, chosen):
    weights = [name for name in needed_files(there, modality) if "model" in name]
    assert weights == [chosen]


def test_network_of_one_modality_comes_before_one_of_both():
    clip = [f"onnx/{part}.onnx" for part in ("model", "model_quantized", "text_model")]
    clip += ["onnx/vision_model.onnx", "onnx/vision_model_quantized.onnx"]
    assert needed_files(clip, TEXT) == ("onnx/text_model.onnx",)
    assert needed_files(clip, IMAGE) == ("onnx/vision_model.onnx",)


def test_only_what_is_needed_with_weights_kept_beside_the_network():
    there = ["README.md", "config.json", "onnx/model.onnx", "onnx/model.onnx_data"]
    there += ["pytorch_model.bin", "tokenizer.json", "1_Pooling/config.json", "onnx/model_O4.onnx"]
    assert needed_files(there, TEXT) == (
        "1_Pooling/config.json",
        "config.json",
        "onnx/model.onnx",
        "onnx/model.onnx_data",
        "tokenizer.json",
    )


@pytest.mark.parametrize(
    ("there", "modality"),
    [
        ([], TEXT),
        (["pytorch_model.bin", "config.json"], TEXT),
        (["model.safetensors"], TEXT),
        (["model.safetensors", "tokenizer.json"], IMAGE),
    ],
)
def test_nothing_to_run_is_one_line_that_says_what_was_expected(there, modality):
    with pytest.raises(EncoderError, match=f"no ONNX file for {modality}") as caught:
        needed_files(there, modality)
    assert "onnx/model.onnx" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_in_a_folder(tmp_path):
    root = text_repo(tmp_path / "repo")
    assert [path.relative_to(root).as_posix() for path in files_in(root, TEXT)] == [
        "1_Pooling/config.json",
        "onnx/model.onnx",
        "sentence_bert_config.json",
        "tokenizer.json",
    ]
    assert len(files_in(image_repo(tmp_path / "other"), IMAGE)) == 2


def test_digest_changes_with_contents_names_and_settings(tmp_path):
    for name, text in [("a", "1"), ("b", "1"), ("c", "2")]:
        (tmp_path / name).write_text(text)
    a, b, c = (tmp_path / name for name in "abc")
    marks = [digest([a]), digest([b]), digest([c]), digest([a, b]), digest([a], 1), digest([a], 2)]
    assert len(set(marks)) == len(marks)
    assert digest([a], 1) == digest([a], 1)


@pytest.mark.parametrize(
    ("text", "says"), [("{", "not JSON"), ("[1]", "JSON list"), ("", "not JSON")]
)
def test_damaged_json(tmp_path, text, says):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(EncoderError, match=says):
        read_json(tmp_path / "x.json")
    assert read_json(tmp_path / "nothing.json") == {}


def test_what_an_encoder_reads_is_seen_by_its_files(tmp_path):
    both = image_repo(text_repo(tmp_path / "both"))
    (tmp_path / "bare").mkdir()
    assert modalities_of(text_repo(tmp_path / "text")) == (TEXT,)
    assert modalities_of(image_repo(tmp_path / "image")) == (IMAGE,)
    assert modalities_of(both) == (TEXT, IMAGE)
    assert modalities_of(tmp_path / "bare") == (IMAGE,)
    assert modalities_of("aisle/mini-text") == (TEXT,)
    assert modalities_of("aisle/mini-image") == (IMAGE,)
