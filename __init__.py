"""MaskVideo: a mask sequence and a prompt become a video in which the object goes where the masks go.

Light to import: neither the host nor torch is needed until something computes.
"""
