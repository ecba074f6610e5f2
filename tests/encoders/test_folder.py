import pytest
from tiny_models import image_repo, save_text_network, text_repo

from aisle.encoders.folder import digest, files_in, needed_files, open_session, read_json
from aisle.errors import EncoderError
from aisle.schema import Modality

TEXT, IMAGE = Modality.TEXT, Modality.IMAGE


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


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.95])
def test_damaged_network(tmp_path, keep):
    path = tmp_path / "model.onnx"
    save_text_network(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * keep)])
    with pytest.raises(EncoderError, match=r"model\.onnx cannot be loaded") as caught:
        open_session(path)
    assert "\n" not in str(caught.value)
