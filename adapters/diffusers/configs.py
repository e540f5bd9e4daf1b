"""The component configs of SD1.x that ship with the pack."""

from __future__ import annotations

import json
from pathlib import Path

from ...core.errors import MaskVideoError

SD1_CONFIGS = Path(__file__).resolve().parents[2] / "assets" / "configs"
COMPONENTS = ("unet", "vae", "text_encoder", "scheduler", "controlnet")


def component_config(component: str, source: str | Path | dict | None = None) -> dict:
    """The config of one of ``COMPONENTS`` as a dict, without the library's private ``_`` keys.

    ``source`` is None for SD1.x, a folder with ``<component>.json``, or a dict ``{component: config}``. A component
    that ``source`` leaves out is SD1.x's. Raises ``MaskVideoError`` where the folder or file cannot be read.
    """
    if isinstance(source, dict):
        config = source.get(component)
        return _public(config) if config is not None else component_config(component)
    if source is not None and not Path(source).is_dir():
        raise MaskVideoError(f"config folder {source} does not exist: give a folder with unet.json and its companions")
    path = Path(source or SD1_CONFIGS) / f"{component}.json"
    if not path.exists():
        path = SD1_CONFIGS / f"{component}.json"
    return _public(_read(path))


def _read(path: Path) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise MaskVideoError(f"config {path.name} cannot be read ({error}): give the JSON config of a model") from error


def _public(config: dict) -> dict:
    return {key: value for key, value in config.items() if not key.startswith("_")}
