"""Any diffusers scheduler by name, and the one loop that walks it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from difflib import get_close_matches

import diffusers
import torch
from diffusers import SchedulerMixin
from diffusers.schedulers import KarrasDiffusionSchedulers
from torch import Tensor

from ...core.errors import MaskVideoError

StepCallback = Callable[[int, int, Tensor], None]
"""Called after each step with its number (from 1), the number of steps and the clean latent predicted so far.
Whatever it raises ends the sampling."""
Predict = Callable[[int, Tensor, Tensor], tuple[Tensor, Tensor]]
"""Step number (from 0), timestep and scaled x_t to the noise and the clean latent it implies."""


def scheduler_classes() -> dict[str, str]:
    """Short names (``ddim``, ``euler``, ``dpmsolvermultistep``, …) to diffusers' class names.

    EDM's scheduler is left out: it scales the input in a way that SD1.x was not trained with.
    """
    return {_short(name): name for name in KarrasDiffusionSchedulers.__members__ if not name.startswith("EDM")}


def build_scheduler(name: str, config: dict, steps: int, device: torch.device | str = "cpu") -> SchedulerMixin:
    """The scheduler ``name`` (``ddim``, ``DDIM`` or ``DDIMScheduler``) for the noise schedule ``config``.

    Raises ``MaskVideoError`` for an unknown name (naming the closest), for one whose package is not installed, and
    for fewer than 1 or more steps than the schedule has.
    """
    if not 1 <= steps <= config["num_train_timesteps"]:
        nearest = min(max(steps, 1), config["num_train_timesteps"])
        raise MaskVideoError(f"{steps} steps: give 1 to {config['num_train_timesteps']}, the nearest is {nearest}")
    try:
        scheduler = _from_known_keys(_scheduler_class(name), config)
        scheduler.set_timesteps(steps, device=device)
    except ImportError as error:
        raise MaskVideoError(f"scheduler {name} needs a missing package: {' '.join(str(error).split())}") from error
    return scheduler


def noise_schedule(config: dict) -> Tensor:
    """ᾱ_t of the noise schedule ``config``, ``[train_timesteps]``."""
    return _from_known_keys(diffusers.DDPMScheduler, config).alphas_cumprod


def denoise(
    scheduler: SchedulerMixin,
    noise: Tensor,
    predict: Predict,
    generator: torch.Generator | None = None,
    on_step: StepCallback | None = None,
) -> Tensor:
    """From standard normal ``noise`` to the clean latent, of the same shape, in float32 throughout.

    ``generator`` draws the fresh noise of stochastic schedulers.
    """
    extra = {"generator": generator} if "generator" in inspect.signature(scheduler.step).parameters else {}
    x_t = noise.float() * scheduler.init_noise_sigma
    total = len(scheduler.timesteps)
    for step, timestep in enumerate(scheduler.timesteps):
        predicted, clean = predict(step, timestep, scheduler.scale_model_input(x_t, timestep))
        x_t = scheduler.step(predicted, timestep, x_t, return_dict=False, **extra)[0]
        if on_step is not None:
            on_step(step + 1, total, clean)
    return x_t


def _scheduler_class(name: str) -> type[SchedulerMixin]:
    classes = scheduler_classes()
    if _short(name) not in classes:
        closest = get_close_matches(_short(name), classes, n=1, cutoff=0.0)[0]
        raise MaskVideoError(f"scheduler {name!r} is unknown: the closest is {closest}, all are {', '.join(classes)}")
    return getattr(diffusers, classes[_short(name)])


def _from_known_keys(scheduler_class: type[SchedulerMixin], config: dict) -> SchedulerMixin:
    """One config serves all schedulers: each takes the keys that it knows. What they are given is always noise."""
    known = inspect.signature(scheduler_class.__init__).parameters
    values = {**config, "prediction_type": "epsilon"}
    return scheduler_class(**{key: value for key, value in values.items() if key in known})


def _short(name: str) -> str:
    letters = "".join(letter for letter in name.lower() if letter.isalnum())
    return letters.removesuffix("scheduler").removesuffix("discrete")
