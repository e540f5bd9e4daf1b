"""The saved state of a training run: everything a bit-exact continuation needs, in one ``.safetensors`` file.

It lies beside the exported motion file, ``NAME.state.safetensors`` to ``NAME.safetensors``, and holds weights,
optimiser, running average, the generator's state and the step. No pickles: tensors and JSON only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ..core.errors import MaskVideoError
from ..files.atomic import atomic_path
from .config import TrainConfig

STATE_FORMAT = "maskvideo-training-state-1"
STATE_SUFFIX = ".state.safetensors"
MAY_CHANGE = ("steps", "save_every", "gradient_checkpointing")
"""Config fields that a resumed run may set anew; any other would make it another run."""


@dataclass(frozen=True)
class TrainingState:
    """One moment between two steps.

    ``weights`` and ``average`` (None without one) by parameter name; ``optimiser`` by ``parameter/value`` name;
    ``generator`` uint8, the random state *after* ``step`` steps. ``fingerprint`` is that of the clips, ``base`` that of
    the base model (empty in states from before there was one), ``start`` where the run began (see ``MotionMetadata``),
    ``scale`` the loss scale of float16, ``growth`` steps after it last changed.
    """

    step: int
    running_loss: float
    weights: Mapping[str, Tensor]
    average: Mapping[str, Tensor] | None
    optimiser: Mapping[str, Tensor]
    generator: Tensor
    config: TrainConfig
    fingerprint: str
    base: str = ""
    start: Mapping[str, str] = field(default_factory=dict)
    scale: float = 1.0
    growth: int = 0


FACTS = ("step", "running_loss", "fingerprint", "base", "start", "scale", "growth")
"""Fields of a state that are plain values."""


def state_path(path: str | Path) -> Path:
    """Where the training state of the motion file ``path`` lies."""
    return Path(path).with_suffix(STATE_SUFFIX)


def save_state(path: str | Path, state: TrainingState) -> None:
    """Write ``state`` atomically: the previous file stays whole until the new one is complete."""
    tensors = {"generator": state.generator}
    for group in ("weights", "average", "optimiser"):
        tensors |= {f"{group}/{name}": value for name, value in (getattr(state, group) or {}).items()}
    facts = {name: getattr(state, name) for name in FACTS}
    metadata = {"format": STATE_FORMAT, "facts": json.dumps(facts), "config": json.dumps(state.config.to_dict())}
    # Copies: some optimisers share a table among all parameters, and no two entries of a file may share memory.
    copies = {name: value.detach().to("cpu", copy=True).contiguous() for name, value in tensors.items()}
    with atomic_path(path) as temporary:
        save_file(copies, temporary, metadata)


def read_state(path: str | Path) -> TrainingState:
    """Read what ``save_state`` wrote; ``MaskVideoError`` where the file is truncated or something else."""
    metadata, tensors = _read(path, with_tensors=True)
    facts = json.loads(metadata["facts"])
    groups = {group: _group(tensors, group) for group in ("weights", "average", "optimiser")}
    return TrainingState(
        **facts,
        weights=groups["weights"],
        average=groups["average"] or None,
        optimiser=groups["optimiser"],
        generator=tensors["generator"],
        config=_config_of(metadata),
    )


def read_progress(path: str | Path) -> tuple[int, TrainConfig]:
    """Only the steps done and the config of a saved state; raises as ``read_state`` does."""
    metadata, _ = _read(path, with_tensors=False)
    return json.loads(metadata["facts"])["step"], _config_of(metadata)


def _read(path: str | Path, with_tensors: bool) -> tuple[dict[str, str], dict[str, Tensor]]:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            # The clones leave no mapped file behind, which Windows could not replace at the next save.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys() if with_tensors}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise MaskVideoError(f"training state {path} cannot be read ({error}): train again with overwrite") from error
    if metadata.get("format") != STATE_FORMAT:
        raise MaskVideoError(f"{path} is no training state of this version: train again with overwrite")
    return metadata, tensors


def _config_of(metadata: Mapping[str, str]) -> TrainConfig:
    return TrainConfig.from_dict(json.loads(metadata["config"]))


def check_resumable(
    state: TrainingState,
    config: TrainConfig,
    fingerprint: str,
    base: str = "",
    start: Mapping[str, str] | None = None,
) -> None:
    """Raise ``MaskVideoError``, naming every difference, unless continuing ``state`` with ``config`` is the same run.

    An empty ``base`` or ``start`` says nothing, and no more does a state that was saved without one.
    """
    settings, sources = _changed_settings(state.config, config), []
    if state.fingerprint != fingerprint:
        sources.append(("clips, masks or prompts", "the same clips, masks and prompts"))
    if base and state.base and state.base != base:
        sources.append(("the base model or the LoRAs on it", "the same base model with the same LoRAs"))
    if start and start != state.start:
        sources.append(("the motion file to start from", state.start.get("file", "no start")))
    if not settings and not sources:
        return
    differing = [f"the saved run has {'; '.join(f'{name} {old}, this one {new}' for name, old, new in settings)}"]
    differing = differing * bool(settings) + [f"{what} differ from the saved run's" for what, _ in sources]
    cures = [f"set {name} to {old}" for name, old, _ in settings] + [f"give {cure}" for _, cure in sources]
    raise MaskVideoError(f"resume: {'; '.join(differing)}: {', '.join(cures)}, or train to another file")


def _changed_settings(saved: TrainConfig, wanted: TrainConfig) -> list[tuple[str, object, object]]:
    """Name, saved and wanted value of each setting that must not change."""
    before, now = _flat(saved.to_dict()), _flat(wanted.to_dict())
    return [(name, before[name], now[name]) for name in now if name not in MAY_CHANGE and before[name] != now[name]]


def _flat(values: Mapping) -> dict:
    """``motion.rank`` in place of a dict within a dict."""
    motion = {f"motion.{name}": value for name, value in values["motion"].items()}
    return {name: value for name, value in values.items() if name != "motion"} | motion


def _group(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name[len(prefix) + 1 :]: value for name, value in tensors.items() if name.startswith(f"{prefix}/")}
