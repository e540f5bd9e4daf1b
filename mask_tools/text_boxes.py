"""Grounding DINO: the boxes of what a text names, on one frame; they prompt any backend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from torch import Tensor

from ..core.errors import MaskVideoError
from .frame_source import FrameSource
from .prompts import ObjectPrompt
from .text_choice import THRESHOLD, FoundBox, box_prompts, choose_boxes, without_doubles

STOP = "."
"""Between phrases."""
LOADING_ERRORS = (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError)


class TextBoxes:
    """Liu et al. 2023 (Grounding DINO) through transformers' own classes, from a folder on disk.

    folder: a model as transformers saves it (config.json, model.safetensors, the tokenizer's and the image processor's
    files), such as a copy of IDEA-Research/grounding-dino-tiny. Nothing is downloaded, and only `.safetensors` weights
    are read, since a pickle can run code. device: where it computes.
    Raises MaskVideoError for a folder that is no such model.
    """

    def __init__(self, folder: str | Path, device: str | torch.device = "cpu") -> None:
        _check_folder(Path(folder))
        from transformers import AutoModelForZeroShotObjectDetection, AutoProcessor

        try:
            with _no_progress_bar():
                self._processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
                model, found = AutoModelForZeroShotObjectDetection.from_pretrained(
                    folder, local_files_only=True, use_safetensors=True, output_loading_info=True
                )
        except LOADING_ERRORS as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise MaskVideoError(f"{folder} is no whole Grounding DINO model ({reason}): copy it again") from error
        self._check_whole(folder, found["missing_keys"])
        self._model = model.float().eval().to(device)

    def _check_whole(self, folder: str | Path, missing: Sequence[str]) -> None:
        """Refuse what transformers would fill with random numbers. Its heads share weights and may lack copies."""
        lacking = [key for key in missing if key.startswith("model.") and "_embed." not in key]
        tokenizer = self._processor.tokenizer
        if tokenizer.convert_tokens_to_ids(STOP) in (None, tokenizer.unk_token_id):
            lacking.append("the tokenizer's vocabulary")
        if lacking:
            raise MaskVideoError(f"{folder} is no whole Grounding DINO model (it lacks {lacking[0]}): copy it again")

    def find(self, frame: np.ndarray, text: str, threshold: float = THRESHOLD) -> list[FoundBox]:
        """What the text names on a frame, best first, each object once.

        frame: uint8 RGB [H, W, 3]. text: one or several phrases, separated by full stops: "a rider. a horse".
        threshold: the least score. Raises MaskVideoError where nothing reaches it, with the best score that there was.
        """
        phrases = _phrases(text)
        if not 0 < threshold < 1:
            raise MaskVideoError(f"threshold is {threshold:g}: give a number between 0 and 1, such as {THRESHOLD}")
        found = sorted(self._detect(frame, phrases), key=lambda one: -one.score)
        kept = without_doubles([one for one in found if one.score >= threshold])
        if not kept:
            raise MaskVideoError(
                f"nothing on the frame looks like {text!r}: the best score is {found[0].score:.2f}, the threshold "
                f"{threshold:g}; lower it to {found[0].score * 0.95:.2f}, use other words or another frame"
            )
        return kept

    def prompts(
        self, frames: FrameSource, text: str, threshold: float = THRESHOLD, choice: str = "best", index: int = 0
    ) -> tuple[ObjectPrompt, ...]:
        """What the text names on frame `index` of a clip, as prompts; choice is `choose_boxes`'s. Raises as `find`."""
        return box_prompts(choose_boxes(self.find(frames.frame(index), text, threshold), choice), index)

    @torch.inference_mode()
    def _detect(self, frame: np.ndarray, phrases: Sequence[str]) -> list[FoundBox]:
        """Every query of the model as a box, by its own rule: score = the best token's, label = that token's phrase."""
        text = " ".join(f"{phrase}." for phrase in phrases)
        inputs = self._processor(images=frame, text=text, return_tensors="pt").to(self._model.device)
        outputs = self._model(**inputs)
        owners = self._token_owners(inputs["input_ids"][0], phrases)
        scores = outputs.logits[0].float().sigmoid().cpu()[:, : len(owners)]  # [queries, tokens]
        scores, tokens = scores.masked_fill(owners < 0, 0).max(dim=-1)
        boxes = _corners(outputs.pred_boxes[0].float().cpu())
        return [
            FoundBox(tuple(box), score, phrases[int(owners[token])])
            for box, score, token in zip(boxes.tolist(), scores.tolist(), tokens.tolist(), strict=True)
        ]

    def _token_owners(self, ids: Tensor, phrases: Sequence[str]) -> Tensor:
        """The phrase that each token belongs to, -1 for stops and special tokens. [tokens]"""
        tokenizer = self._processor.tokenizer
        stop = tokenizer.convert_tokens_to_ids(STOP)
        owners, phrase = [], 0
        for token in ids.tolist():
            silent = token == stop or token in tokenizer.all_special_ids
            owners.append(-1 if silent else min(phrase, len(phrases) - 1))
            phrase += token == stop
        return torch.tensor(owners)


def _check_folder(folder: Path) -> None:
    if not (folder / "config.json").is_file():
        raise MaskVideoError(
            f"there is no Grounding DINO model in {folder}: give the folder of one as transformers saves it, with "
            "config.json, such as a copy of IDEA-Research/grounding-dino-tiny"
        )
    if not any(folder.glob("*.safetensors")):
        raise MaskVideoError(f"{folder} has no .safetensors weights: pickles (.bin) can run code and are not read")


@contextmanager
def _no_progress_bar() -> Iterator[None]:
    """Transformers draws one for every load, which takes a second; its setting is put back."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _phrases(text: str) -> list[str]:
    """The phrases as the model was trained on them: lower case, full stops between them."""
    phrases = [phrase.strip().lower() for phrase in text.split(".")]
    phrases = [phrase for phrase in phrases if phrase]
    if not phrases:
        raise MaskVideoError(f'text is {text!r}: name what to look for, such as "a dog"')
    return phrases


def _corners(boxes: Tensor) -> Tensor:
    """(centre x, centre y, width, height) -> (x0, y0, x1, y1), cut to the frame. [N, 4], 0..1"""
    centre, half = boxes[:, :2], boxes[:, 2:] / 2
    return torch.cat([centre - half, centre + half], dim=1).clamp(0, 1)
