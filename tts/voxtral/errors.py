"""What a person is told when the model cannot be used."""

from __future__ import annotations

from tts.weights import WeightsError


class VoxtralError(WeightsError):
    """A file of the model is missing or not what it should be, or the machine is too small.

    The message says which, what was expected and what to do.
    """
