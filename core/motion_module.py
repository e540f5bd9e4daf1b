"""Everything that few-shot training adds to a base model, and the only thing a motion file holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any, Literal

from torch import Tensor, nn

from .config import config_from_dict
from .errors import MaskVideoError
from .lamp_layers import FrameAttention, GatedCausalConv
from .lora import Delta, FullDelta, LowRankDelta, project_with_delta
from .mask_encoder import MaskEncoder, check_injection, module_key
from .temporal_layers import GatedTemporalConv, TemporalAttention
from .video_model import Architecture, AttentionBlock, Guide, MaskFeatures

if TYPE_CHECKING:
    from .motion_format import MotionMetadata

TARGETS = tuple(f"{attn}.{part}" for attn in ("attn1", "attn2") for part in ("to_q", "to_k", "to_v", "to_out"))


@dataclass(frozen=True)
class MotionConfig:
    """What is added and how large. Raises ``MaskVideoError`` on a value that no module can be built from."""

    frames: int = 16
    """The most frames in one window: the length of the temporal attention's position code."""
    mask_injection: Literal["query", "hidden", "query+hidden"] = "query+hidden"
    """Where the mask feature enters: ``query`` is the paper's (eq. 7)."""
    mask_width: int = 64
    """Channels of the mask encoder's trunk."""
    temporal_width: float = 0.25
    """Width of the temporal layers after a block, a fraction of the block's; LAMP's are of full width always."""
    temporal_layers: Literal["after_block", "lamp"] = "after_block"
    """Which temporal layers, and where: ``lamp`` has LAMP's (those that the paper builds on, and of motions converted
    from LAMP), at full width and several times the cost."""
    rank: int = 16
    """Of each LoRA."""
    projections: Literal["lora", "full", "none"] = "lora"
    """How the attention projections train; ``full`` saves deltas as large as the projections (the paper)."""
    targets: tuple[str, ...] = TARGETS
    """Which projections train."""
    output_biases: bool = False
    """The biases of the output projections among ``targets`` train too (the paper trains the attention layers whole);
    SD1.x has no others."""
    first_frame_attention: bool = True
    """Self-attention of every frame to frame 0 (eq. 4); without it each frame attends to itself."""
    mask_branch: bool = True

    def __post_init__(self):
        for name in ("frames", "mask_width", "rank"):
            if getattr(self, name) < 1:
                raise MaskVideoError(f"{name} is {getattr(self, name)}: give 1 or more")
        if not 0 < self.temporal_width <= 1:
            raise MaskVideoError(f"temporal_width is {self.temporal_width}: give more than 0 and at most 1")
        check_injection(self.mask_injection)
        if self.temporal_layers not in ("after_block", "lamp"):
            raise MaskVideoError(f"temporal_layers {self.temporal_layers!r} is unknown: use after_block or lamp")
        if self.projections not in ("lora", "full", "none"):
            raise MaskVideoError(f"projections {self.projections!r} is unknown: use one of lora, full, none")
        for target in self.targets:
            if target not in TARGETS:
                raise MaskVideoError(f"target {target!r} is unknown: use any of {', '.join(TARGETS)}")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> MotionConfig:
        """From plain values; an unknown key is refused and the closest named."""
        return config_from_dict(cls, values)


class MotionModule(nn.Module):
    """The mask encoder, and for each block the temporal layers and the changes of the attention projections.

    At the start every added output is zero: the base model is exactly unchanged, except for first-frame attention and,
    with LAMP's layers, norms over the whole video.
    ``metadata`` says how it was trained, where that is known: of a module that came from a file.
    ``block`` is a canonical name everywhere; the adapter calls ``project``, ``query_feature`` and ``after_block``
    from within the block of that name. Where ``has_lamp_layers``, it also calls ``inside_block`` and
    ``after_convolution``, and normalises the resnets over the video (``lamp_layers.norm_over_video``).
    """

    def __init__(self, architecture: Architecture, config: MotionConfig):
        super().__init__()
        self.architecture = architecture
        self.config = config
        self.metadata: MotionMetadata | None = None
        self._names = {module_key(block.name): block.name for block in architecture.blocks}
        self.mask_encoder = _mask_encoder(architecture, config) if config.mask_branch else None
        self.blocks = nn.ModuleDict(
            {module_key(block.name): _block_layers(block, architecture, config) for block in architecture.blocks}
        )
        self.convolutions = _after_convolutions(architecture) if self.has_lamp_layers else None
        self._names |= {module_key(one.name): one.name for one in architecture.convolutions}

    @property
    def has_lamp_layers(self) -> bool:
        """Whether the temporal layers are LAMP's, inside of the blocks and after every convolution."""
        return self.config.temporal_layers == "lamp"

    def mask_features(self, mask: Tensor) -> MaskFeatures | None:
        """The features of ``mask`` ``[B, 1, T, H, W]``, once for a sampling run; None without a mask branch."""
        return self.mask_encoder(mask) if self.mask_encoder is not None else None

    def project(self, block: str, target: str, base: nn.Module, x: Tensor) -> Tensor:
        """``base(x)`` for ``x`` ``[..., in]``, plus what was learned for ``target``, such as ``attn1.to_q``."""
        delta = self._delta(block, target)
        return base(x) if delta is None else project_with_delta(base, delta, x)

    def query_feature(self, block: str, guide: Guide) -> Tensor | None:
        """What is added to the input of ``attn2.to_q`` (eq. 7): ``[B*T, N, C]``, gated; None where there is none."""
        feature = guide.features[block].query if guide.features is not None else None
        return gated(feature, guide) if feature is not None else None

    def after_block(self, block: str, hidden: Tensor, guide: Guide) -> Tensor:
        """The block's output ``[B*T, C, h, w]``, plus the gated hidden feature, through the temporal layers."""
        feature = guide.features[block].hidden if guide.features is not None else None
        if feature is not None:
            image = gated(feature, guide).transpose(1, 2).unflatten(2, hidden.shape[2:])
            hidden = hidden + image.to(hidden.dtype)
        if self.has_lamp_layers:
            return hidden
        layers = self.blocks[module_key(block)]
        hidden = layers["temporal_conv"](hidden, guide.frames)
        return layers["temporal_attention"](hidden, guide.frames)

    def inside_block(self, block: str, tokens: Tensor, frames: int) -> Tensor:
        """What the block's transformer layer gave, ``[B*T, N, C]``, through LAMP's attention over the frames."""
        return self.blocks[module_key(block)]["frame_attention"](tokens, frames)

    def after_convolution(self, name: str, output: Tensor, frames: int) -> Tensor:
        """What the convolution ``name`` gave, ``[B*T, C, h, w]``, through LAMP's gated convolution over the frames."""
        return self.convolutions[module_key(name)](output, frames)

    def export_state(self) -> dict[str, Tensor]:
        """All weights by ``<block>.<module>.<parameter>``; what the blocks share by ``mask_encoder.trunk…``."""
        return {self._canonical(key): value.detach() for key, value in self.state_dict().items()}

    def import_state(self, state: Mapping[str, Tensor]) -> None:
        """The inverse of ``export_state``. Raises ``MaskVideoError`` on the first missing, unexpected or misshaped key.

        Nothing is loaded where it raises.
        """
        own = self.export_state()
        for key, value in own.items():
            if key not in state:
                raise MaskVideoError(f"motion weights lack {key!r}: the file belongs to another base or is incomplete")
            if state[key].shape != value.shape:
                came, needed = tuple(state[key].shape), tuple(value.shape)
                raise MaskVideoError(f"motion weight {key!r} has shape {came}, this base needs {needed}")
        for key in state:
            if key not in own:
                raise MaskVideoError(f"motion weights hold {key!r}, which this configuration does not have")
        self.load_state_dict({key: state[self._canonical(key)] for key in self.state_dict()})

    def _delta(self, block: str, target: str) -> Delta | None:
        attention, part = target.split(".")
        layers = self.blocks[module_key(block)]
        return layers[attention][part] if attention in layers and part in layers[attention] else None

    def _canonical(self, key: str) -> str:
        match key.split("."):
            case ["blocks" | "convolutions", place, *rest]:
                return ".".join((self._names[place], *rest))
            case ["mask_encoder", "query" | "hidden" as way, block, *rest]:
                return ".".join((self._names[block], f"mask_{way}", *rest))
        return key


def gated(feature: Tensor, guide: Guide) -> Tensor:
    """``feature`` ``[b*T, N, C]`` times ``guide.gate`` ``[B]``: ``[B*T, N, C]``; without a gate, ``feature`` itself.

    B may be a multiple of b: then the features serve each part of the batch (unconditional, conditional) in turn.
    """
    if guide.gate is None:
        return feature
    videos = feature.unflatten(0, (-1, guide.frames))  # [b, T, N, C]
    gate = guide.gate.to(feature).view(-1, videos.shape[0], 1, 1, 1)
    return (gate * videos).flatten(0, 2)


def _mask_encoder(architecture: Architecture, config: MotionConfig) -> MaskEncoder:
    return MaskEncoder(architecture, width=config.mask_width, injection=config.mask_injection)


def _after_convolutions(architecture: Architecture) -> nn.ModuleDict:
    return nn.ModuleDict({module_key(one.name): GatedCausalConv(one.channels) for one in architecture.convolutions})


def _block_layers(block: AttentionBlock, architecture: Architecture, config: MotionConfig) -> nn.ModuleDict:
    layers = _temporal_layers(block, config)
    if config.projections != "none":
        layers |= _deltas(block, architecture, config)
    return nn.ModuleDict(layers)


def _temporal_layers(block: AttentionBlock, config: MotionConfig) -> dict[str, nn.Module]:
    if config.temporal_layers == "lamp":
        return {"frame_attention": FrameAttention(block.channels, block.heads)}
    width = _temporal_width(block.channels, config.temporal_width)
    heads = _temporal_heads(width, block.heads)
    return {
        "temporal_conv": GatedTemporalConv(block.channels, width),
        "temporal_attention": TemporalAttention(block.channels, width, heads, config.frames),
    }


def _temporal_width(channels: int, fraction: float) -> int:
    return min(channels, 8 * ceil(channels * fraction / 8))


def _temporal_heads(width: int, most: int) -> int:
    """As many heads as the block has, where each keeps 32 channels or more."""
    return next((heads for heads in range(most, 1, -1) if width % (8 * heads) == 0 and width // heads >= 32), 1)


def _deltas(block: AttentionBlock, architecture: Architecture, config: MotionConfig) -> dict[str, nn.ModuleDict]:
    attentions: dict[str, nn.ModuleDict] = {}
    for target in config.targets:
        attention, part = target.split(".")
        from_text = target in ("attn2.to_k", "attn2.to_v")
        in_features = architecture.context_width if from_text else block.channels
        bias = config.output_biases and part == "to_out"
        attentions.setdefault(attention, nn.ModuleDict())[part] = _delta(in_features, block.channels, bias, config)
    return attentions


def _delta(in_features: int, out_features: int, bias: bool, config: MotionConfig) -> Delta:
    if config.projections == "full":
        return FullDelta(in_features, out_features, bias)
    return LowRankDelta(in_features, out_features, config.rank, alpha=config.rank, bias=bias)
