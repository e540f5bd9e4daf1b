"""Masks as data: draw, read, fit, check, outline, scribble and write them."""
