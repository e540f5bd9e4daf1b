"""The mask feature m (MaskVideo eq. 6, 7): from the pixel mask to every block's grid and width.

``softmax((Q Kᵀ + M Kᵀ) / √d) V`` with ``M = W_Q m`` equals ``softmax(W_Q (v + m) Kᵀ / √d) V``: the feature is added to
the input of the query projection and needs no second attention. It can also be added to the hidden state.
"""

from __future__ import annotations

from torch import Tensor, nn

from .errors import MaskVideoError
from .video_model import Architecture, BlockFeature, MaskFeatures

MASK_INJECTIONS = ("query", "hidden", "query+hidden")
TRUNK_GAIN = 1.8
"""Keeps the scale of a mask through the trunk: SiLU halves small values, so with less it fades before level 3."""


class MaskEncoder(nn.Module):
    """Features for all blocks in one pass; each frame on its own.

    The mask is unshuffled to the latent grid (``latent_scale``² channels, so no outline is lost between two latent
    pixels), a trunk of ``width`` channels follows it down to each level, and a zero-initialised 1×1 for each block
    gives the feature: at the start every feature is 0, while the trunk in front of it is not, so that it learns.

    ``injection``: which features are made, ``query`` (the paper), ``hidden`` or both.
    """

    def __init__(
        self, architecture: Architecture, latent_scale: int = 8, width: int = 64, injection: str = "query+hidden"
    ):
        super().__init__()
        check_injection(injection)
        self.latent_scale = latent_scale
        self.levels = {block.name: block.level for block in architecture.blocks}
        self.trunk = _trunk(latent_scale**2, width, max(self.levels.values()))
        self.query = _projections(architecture, width) if "query" in injection else nn.ModuleDict()
        self.hidden = _projections(architecture, width) if "hidden" in injection else nn.ModuleDict()

    def forward(self, mask: Tensor) -> MaskFeatures:
        """``mask`` ``[B, 1, T, H, W]`` in 0..1, H and W multiples of ``latent_scale``.

        Each feature is ``[B*T, N, C]`` with N the block's token grid, rounded up at each halving. A query feature lies
        in memory as tokens, a hidden one as ``[B*T, C, h, w]``: each as what it is added to at every step.
        Raises ``MaskVideoError`` on another size.
        """
        levels = self._trunk_features(self._to_latent_grid(mask))
        return {name: self._feature(name, levels[level]) for name, level in self.levels.items()}

    def _feature(self, name: str, trunk: Tensor) -> BlockFeature:
        query, hidden = _project(self.query, name, trunk), _project(self.hidden, name, trunk)
        return BlockFeature(query if query is None else query.contiguous(), hidden)

    def _to_latent_grid(self, mask: Tensor) -> Tensor:
        height, width = mask.shape[-2:]
        for name, size in (("height", height), ("width", width)):
            if size % self.latent_scale:
                raise MaskVideoError(_bad_size(name, size, self.latent_scale))
        weight = self.trunk[0][0].weight
        frames = mask.transpose(1, 2).flatten(0, 1).to(weight)  # [B*T, 1, H, W]
        return nn.functional.pixel_unshuffle(frames, self.latent_scale)

    def _trunk_features(self, x: Tensor) -> list[Tensor]:
        levels = []
        for stage in self.trunk:
            x = stage(x)
            levels.append(x)
        return levels


def check_injection(injection: str) -> None:
    """Raises ``MaskVideoError`` unless ``injection`` is one of ``MASK_INJECTIONS``."""
    if injection not in MASK_INJECTIONS:
        raise MaskVideoError(f"mask_injection {injection!r} is unknown: use one of {', '.join(MASK_INJECTIONS)}")


def module_key(block_name: str) -> str:
    """The block's name as a key of ``nn.ModuleDict``, which takes no dots."""
    return block_name.replace(".", "_")


def _trunk(in_channels: int, width: int, deepest: int) -> nn.ModuleList:
    stages = [_stage(in_channels, width, stride=1)]
    stages += [_stage(width, width, stride=2) for _ in range(deepest)]
    return nn.ModuleList(stages)


def _stage(in_channels: int, width: int, stride: int) -> nn.Sequential:
    convs = (nn.Conv2d(in_channels, width, 3, stride, padding=1), nn.Conv2d(width, width, 3, padding=1))
    for conv in convs:
        nn.init.normal_(conv.weight, std=TRUNK_GAIN / conv.weight[0].numel() ** 0.5)
    return nn.Sequential(convs[0], nn.SiLU(), convs[1], nn.SiLU())


def _projections(architecture: Architecture, width: int) -> nn.ModuleDict:
    projections = {module_key(block.name): nn.Conv2d(width, block.channels, 1) for block in architecture.blocks}
    for projection in projections.values():
        nn.init.zeros_(projection.weight)
        nn.init.zeros_(projection.bias)
    return nn.ModuleDict(projections)


def _project(projections: nn.ModuleDict, name: str, trunk: Tensor) -> Tensor | None:
    if not projections:
        return None
    return projections[module_key(name)](trunk).flatten(2).transpose(1, 2)  # [B*T, N, C]


def _bad_size(name: str, size: int, multiple: int) -> str:
    nearest = max(multiple, round(size / multiple) * multiple)
    return f"mask {name} is {size} px, it needs a multiple of {multiple}: the nearest is {nearest}"
