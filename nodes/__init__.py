"""The nodes of the pack, as ComfyUI registers them: one file for each category of its menu."""

from __future__ import annotations

from comfy_api.latest import ComfyExtension, io

from ..adapters.comfy.clip_route import register_clip_routes
from ..adapters.comfy.model_folders import register_model_folders
from . import evaluation, first_frame, loaders, mask_editing, mask_extraction, masks, sampling, training, trajectory


class MaskVideoExtension(ComfyExtension):
    """What ``comfy_entrypoint`` gives to the host."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """Every node; ids are fixed for ever, since saved workflows hold them.

        The folders come first: the host asks a node for its inputs next, and a list of files needs its folder. The
        oldest host calls no ``on_load``.
        """
        register_model_folders()
        register_clip_routes()
        return [
            loaders.LoadDemoModel,
            loaders.LoadMotionLoRA,
            masks.DrawMaskSequence,
            masks.LoadMaskSequence,
            masks.MaskOverlay,
            trajectory.MaskTrajectoryEditor,
            mask_extraction.SAMMaskSequence,
            mask_editing.TransformMaskSequence,
            mask_editing.FitMaskSequence,
            mask_editing.CombineMaskSequences,
            mask_editing.TracksToMask,
            mask_editing.LoadTracks,
            mask_editing.SaveTracks,
            first_frame.ControlNetFirstFrame,
            sampling.FirstFrameSharedNoise,
            sampling.MaskGuidance,
            sampling.MaskGuidedVideoSampler,
            sampling.AutoregressiveExtend,
            training.MotionDataset,
            training.TrainMotionLoRA,
            evaluation.EvaluateVideo,
            evaluation.CheckMaskSequence,
        ]
