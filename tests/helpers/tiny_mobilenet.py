"""A narrow MobileNet v1 with random weights, as a repo of the hub holds it."""

import numpy as np
from safetensors.numpy import save_file
from tiny_models import save_json

EPSILON = 0.001
SIDE = 64
PREPROCESSING = {
    "crop_size": {"height": SIDE, "width": SIDE},
    "size": {"shortest_edge": 73},
    "image_mean": [0.5] * 3,
    "image_std": [0.5] * 3,
}
CONFIG = {
    "model_type": "mobilenet_v1",
    "depth_multiplier": 0.25,
    "hidden_act": "relu6",
    "layer_norm_eps": EPSILON,
    "min_depth": 8,
    "tf_padding": True,
}


def random_weights(network):
    """Weights by the names of transformers, as its image classifier saves them."""
    random = np.random.default_rng(0)
    weights = {"classifier.weight": np.zeros((5, 256), np.float32)}
    for name, tensor in network.state_dict().items():
        shape = tuple(tensor.shape)
        if name.endswith("convolution.weight"):
            values = random.normal(0, (2 / np.prod(shape[1:])) ** 0.5, shape)
        elif name.endswith("running_mean") or name.endswith("bias"):
            values = random.normal(0, 0.1, shape)
        else:
            values = random.uniform(0.5, 1.5, shape)
        whole = name.endswith("num_batches_tracked")
        weights[f"mobilenet_v1.{name}"] = np.asarray(values, np.int64 if whole else np.float32)
    return weights


def save_folder(root, weights, preprocessing=PREPROCESSING, **config):
    save_json(root / "config.json", CONFIG | config)
    save_json(root / "preprocessor_config.json", preprocessing)
    save_file(weights, root / "model.safetensors")
    return root
