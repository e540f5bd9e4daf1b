"""MaskVideo: a mask sequence and a prompt become a video in which the object goes where the masks go.

Light to import: neither the host nor torch is needed until something computes.
"""

WEB_DIRECTORY = "./web"
"""What ComfyUI serves to the browser: the trajectory editor, and the nodes' in-app help in ``docs``."""


async def comfy_entrypoint():
    """The pack's nodes; ComfyUI calls this once at its start."""
    from .nodes import MaskVideoExtension

    return MaskVideoExtension()
