"""The one error type that a user sees."""


class MaskVideoError(ValueError):
    """Bad input: the message names what came, what is needed and the nearest value that works."""
