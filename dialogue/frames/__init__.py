"""Frame filling: which of the words just heard are the arguments of a tool."""

from dialogue.frames.filling import number_told
from dialogue.frames.reader import Reader
from dialogue.frames.settling import Form, Settled, settled

__all__ = ["Form", "Reader", "Settled", "number_told", "settled"]
