"""What can go wrong with the models of this room."""


class ModelUnreadableError(RuntimeError):
    """The folder holds no model that can be loaded."""
