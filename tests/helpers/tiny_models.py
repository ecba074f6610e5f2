"""Encoders of a few weights in the layout of a Hugging Face repo, made in a moment."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

WORDS = ["[UNK]", "[CLS]", "[SEP]", "red", "blue", "cotton", "shirt", "steel", "pan", "lid"]
WIDTH = 6
TOKEN_VECTORS = np.random.default_rng(0).standard_normal((len(WORDS), WIDTH)).astype(np.float32)
SIDE = 4

SHARED_MODELS = Path(__file__).parents[3] / "shared" / "models"


def shared_model(name):
    """A mark that skips a test where a pretrained encoder is absent."""
    there = (SHARED_MODELS / name).is_dir()
    return pytest.mark.skipif(not there, reason=f"shared/models/{name} is absent")


def save_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def save_onnx(path, nodes, inputs, outputs, weights=()):
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(*entry) for entry in inputs],
        [helper.make_tensor_value_info(*entry) for entry in outputs],
        [numpy_helper.from_array(array, name) for name, array in weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)


def save_text_network(path, vectors=TOKEN_VECTORS, positions=512):
    """Looks up a vector a token, times its mask, plus its type; fails beyond its positions."""
    fields = ("input_ids", "attention_mask", "token_type_ids")
    save_onnx(
        path,
        [
            helper.make_node("Gather", ["vectors", "input_ids"], ["tokens"]),
            helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["mask", "last"], ["column"]),
            helper.make_node("Mul", ["tokens", "column"], ["masked"]),
            helper.make_node("Gather", ["types", "token_type_ids"], ["typed"]),
            helper.make_node("Add", ["masked", "typed"], ["sum"]),
            helper.make_node("Shape", ["input_ids"], ["shape"]),
            helper.make_node("Gather", ["shape", "one"], ["length"]),
            helper.make_node("Sub", ["length", "one"], ["end"]),
            helper.make_node("Gather", ["positions", "end"], ["position"]),
            helper.make_node("Add", ["sum", "position"], ["last_hidden_state"]),
        ],
        [(name, TensorProto.INT64, ["batch", "length"]) for name in fields],
        [("last_hidden_state", TensorProto.FLOAT, ["batch", "length", vectors.shape[1]])],
        [
            ("vectors", vectors),
            ("types", np.zeros((2, vectors.shape[1]), np.float32)),
            ("positions", np.zeros(positions, np.float32)),
            ("last", np.array([2], np.int64)),
            ("one", np.array(1, np.int64)),
        ],
    )


def tokenizer():
    made = Tokenizer(WordLevel({word: number for number, word in enumerate(WORDS)}, "[UNK]"))
    made.pre_tokenizer = Whitespace()
    special = [("[CLS]", 1), ("[SEP]", 2)]
    made.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=special)
    return made


def text_repo(root, onnx_name="onnx/model.onnx", window=8, cls=False):
    save_text_network(root / onnx_name)
    tokenizer().save(str(root / "tokenizer.json"))
    save_json(root / "sentence_bert_config.json", {"max_seq_length": window})
    save_json(root / "1_Pooling" / "config.json", {"pooling_mode_cls_token": cls})
    return root


def static_repo(root):
    from model2vec import StaticModel

    unit = np.random.default_rng(1).standard_normal((len(WORDS), WIDTH)).astype(np.float32)
    made = Tokenizer(WordLevel({word: number for number, word in enumerate(WORDS)}, "[UNK]"))
    made.pre_tokenizer = Whitespace()
    StaticModel(unit, made, {"normalize": True}, normalize=True).save_pretrained(root)
    return root


def save_image_network(path, output="pooler_output"):
    """Gives back its input: the mean of each channel, or all positions as a network would."""
    channels = helper.make_node("Identity", ["pixel_values"], ["map"])
    if output == "pooler_output":
        nodes = [helper.make_node("ReduceMean", ["map"], [output], axes=[2, 3], keepdims=0)]
        nodes.append(helper.make_node("Shape", ["map"], ["last_hidden_state"]))
        outputs = [
            ("last_hidden_state", TensorProto.INT64, [4]),
            (output, TensorProto.FLOAT, ["batch", 3]),
        ]
        weights = []
    elif output == "positions":
        nodes = [
            helper.make_node("Reshape", ["map", "flat"], ["lines"]),
            helper.make_node("Transpose", ["lines"], [output], perm=[0, 2, 1]),
        ]
        outputs = [(output, TensorProto.FLOAT, ["batch", "positions", 3])]
        weights = [("flat", np.array([0, 3, -1], np.int64))]
    else:
        nodes = [helper.make_node("Identity", ["map"], [output])]
        outputs = [(output, TensorProto.FLOAT, ["batch", 3, "height", "width"])]
        weights = []
    pixels = ("pixel_values", TensorProto.FLOAT, ["batch", 3, SIDE, SIDE])
    save_onnx(path, [channels, *nodes], [pixels], outputs, weights)


def image_repo(root, onnx_name="onnx/model.onnx", output="pooler_output", **config):
    save_image_network(root / onnx_name, output)
    save_json(root / "preprocessor_config.json", {"size": SIDE} | config)
    return root
