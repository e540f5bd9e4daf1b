"""A motion module on the host's own layers, which the host can offload and cast one by one."""

from __future__ import annotations

import comfy.ops
from torch import nn

OPERATIONS = comfy.ops.manual_cast


def with_host_layers(module: nn.Module) -> nn.Module:
    """Every layer of ``module`` replaced by the host's layer of its kind, with the same parameters; ``module`` itself.

    With little memory the host keeps such layers on the CPU and brings each to the device when it is called; it takes
    plain torch layers for immovable.
    """
    for name, child in list(module.named_children()):
        replacement = _host_layer(child)
        if replacement is None:
            with_host_layers(child)
        else:
            setattr(module, name, replacement)
    return module


def _host_layer(layer: nn.Module) -> nn.Module | None:
    match layer:
        case nn.Linear():
            made = OPERATIONS.Linear(layer.in_features, layer.out_features, layer.bias is not None)
        case nn.Conv2d():
            made = OPERATIONS.Conv2d(
                layer.in_channels,
                layer.out_channels,
                layer.kernel_size,
                layer.stride,
                layer.padding,
                bias=layer.bias is not None,
            )
        case nn.LayerNorm():
            made = OPERATIONS.LayerNorm(layer.normalized_shape, layer.eps)
        case nn.Embedding():
            made = OPERATIONS.Embedding(layer.num_embeddings, layer.embedding_dim)
        case _:
            return None
    for name, parameter in layer.named_parameters():
        setattr(made, name, parameter)
    return made
