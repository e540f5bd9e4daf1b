"""Data that ships with the pack: the demo model, CLIP's vocabulary and SD1.x's configs."""
