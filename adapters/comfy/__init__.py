"""The method on ComfyUI: the host's MODEL through its model patcher, nothing replaced in the host."""
