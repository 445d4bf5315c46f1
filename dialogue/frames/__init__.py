"""Frame filling: which of the words just heard are the arguments of a tool."""

from dialogue.frames.filling import number_told
from dialogue.frames.reader import Reader
from dialogue.frames.settling import settled

__all__ = ["Reader", "number_told", "settled"]
