"""Words on the node that runs, while it runs and after it."""

from __future__ import annotations


def show_text(text: str) -> None:
    """Show a line on the running node, in the browser that queued the run; nobody sees it where nodes run alone."""
    from comfy_execution.utils import get_executing_context
    from server import PromptServer

    context, server = get_executing_context(), getattr(PromptServer, "instance", None)
    if context is not None and server is not None:
        server.send_progress_text(text, context.node_id)
