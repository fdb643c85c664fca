"""Holds the block against numbers from the official code. `python golden.py FOLDER` prints one line a file."""

import json
import math
import struct
import sys
from pathlib import Path

import torch

from block import Block

LIMIT = 1e-9  # of the largest entry; both sides are float64
TYPES = {"F64": torch.float64, "F32": torch.float32, "I64": torch.int64}


def read_safetensors(path):
    """Tensors by name, and the metadata: length of the header, header in JSON, then the numbers."""
    data = bytearray(Path(path).read_bytes())
    (size,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + size])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        offset = 8 + size + entry["data_offsets"][0]
        count = math.prod(entry["shape"])
        flat = torch.frombuffer(data, dtype=TYPES[entry["dtype"]], count=count, offset=offset)
        tensors[name] = flat.reshape(entry["shape"]).clone()
    return tensors, metadata


def worst_error(path):
    """Largest error of output and gradients relative to the largest entry, and how many spikes differ."""
    tensors, metadata = read_safetensors(path)
    block = Block(
        int(metadata["H"]),
        int(metadata["N"]),
        metadata["neuron"],
        bidirectional=metadata["bidirectional"] == "True",
        trainable_B=metadata["trainable_B"] == "True",
        shared_vth=metadata["shared_vth"] == "True",
    ).double()
    block.load_state_dict({name[6:]: value for name, value in tensors.items() if name.startswith("param.")})
    x = tensors["x"].requires_grad_()
    y = block(x)
    y.backward(tensors["cotangent"])
    got = {name: value.grad for name, value in block.named_parameters() if value.requires_grad} | {"x": x.grad}
    wanted = {name[5:]: value for name, value in tensors.items() if name.startswith("grad.")}
    pairs = [(y.detach(), tensors["y"])] + [(got[name], value) for name, value in wanted.items()]
    error = max(((a - b).abs().max() / b.abs().max()).item() for a, b in pairs)
    return error, int((block.spikes.detach().transpose(-1, -2) != tensors["spikes"]).sum())


def check(folder):
    """Errors by file name. Raises where one is past the limit: such a peer must not be timed."""
    errors = {}
    for path in sorted(Path(folder).glob("block-*.safetensors")):
        error, spikes = worst_error(path)
        if not error <= LIMIT or spikes > 0:
            raise AssertionError(f"{path.name}: error {error:.1e} (limit {LIMIT}), {spikes} spikes differ")
        errors[path.name] = error
    if not errors:
        raise FileNotFoundError(f"no block-*.safetensors in {folder}")
    return errors


if __name__ == "__main__":
    for name, error in check(sys.argv[1]).items():
        print(f"{name}  {error:.1e}  PASS")
