"""How the segmenters' packages are installed: one command each, in errors, help and README."""

SAM2 = "pip install setuptools wheel && pip install --no-build-isolation sam2"
"""sam2 comes as source. Build isolation would fetch a torch of its own to build it; without, the environment's own
setuptools builds it, which before 70.1 needs the package wheel: Python 3.11 makes environments with 65.5 and no wheel.
"""
SAM = "pip install segment-anything"
