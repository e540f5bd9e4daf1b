"""The saved state of a training run: everything a bit-exact continuation needs, in one ``.safetensors`` file.

It lies beside the exported motion file, ``NAME.state.safetensors`` to ``NAME.safetensors``, and holds weights,
optimiser, running average, the generator's state and the step. No pickles: tensors and JSON only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
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
    ``generator`` uint8, the random state *after* ``step`` steps.
    """

    step: int
    running_loss: float
    weights: Mapping[str, Tensor]
    average: Mapping[str, Tensor] | None
    optimiser: Mapping[str, Tensor]
    generator: Tensor
    config: TrainConfig
    fingerprint: str


def state_path(path: str | Path) -> Path:
    """Where the training state of the motion file ``path`` lies."""
    return Path(path).with_suffix(STATE_SUFFIX)


def save_state(path: str | Path, state: TrainingState) -> None:
    """Write ``state`` atomically: the previous file stays whole until the new one is complete."""
    tensors = {"generator": state.generator}
    for group in ("weights", "average", "optimiser"):
        tensors |= {f"{group}/{name}": value for name, value in (getattr(state, group) or {}).items()}
    facts = {"step": state.step, "running_loss": state.running_loss, "fingerprint": state.fingerprint}
    metadata = {"format": STATE_FORMAT, "facts": json.dumps(facts), "config": json.dumps(state.config.to_dict())}
    with atomic_path(path) as temporary:
        save_file({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, temporary, metadata)


def read_state(path: str | Path) -> TrainingState:
    """Read what ``save_state`` wrote; ``MaskVideoError`` where the file is truncated or something else."""
    metadata, tensors = _read(path, with_tensors=True)
    facts = json.loads(metadata["facts"])
    groups = {group: _group(tensors, group) for group in ("weights", "average", "optimiser")}
    return TrainingState(
        step=facts["step"],
        running_loss=facts["running_loss"],
        weights=groups["weights"],
        average=groups["average"] or None,
        optimiser=groups["optimiser"],
        generator=tensors["generator"],
        config=_config_of(metadata),
        fingerprint=facts["fingerprint"],
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


def check_resumable(state: TrainingState, config: TrainConfig, fingerprint: str) -> None:
    """Raise ``MaskVideoError`` unless continuing ``state`` with ``config`` is the same run."""
    saved, wanted = (_flat(one.to_dict()) for one in (state.config, config))
    for name, value in wanted.items():
        if name not in MAY_CHANGE and saved[name] != value:
            raise MaskVideoError(
                f"resume: the saved run has {name} {saved[name]}, this one {value}: "
                f"set {name} to {saved[name]}, or train to another file"
            )
    if state.fingerprint != fingerprint:
        raise MaskVideoError(
            "resume: clips, masks or prompts differ from the saved run's: give the same ones, or train to another file"
        )


def _flat(values: Mapping) -> dict:
    """``motion.rank`` in place of a dict within a dict."""
    motion = {f"motion.{name}": value for name, value in values["motion"].items()}
    return {name: value for name, value in values.items() if name != "motion"} | motion


def _group(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name[len(prefix) + 1 :]: value for name, value in tensors.items() if name.startswith(f"{prefix}/")}
