"""Frame filling: which of the words just heard are the arguments of a tool."""

from dialogue.frames.correcting import corrected
from dialogue.frames.filling import number_of
from dialogue.frames.reader import Reader
from dialogue.frames.settling import Form, Settled, settled

__all__ = ["Form", "Reader", "Settled", "corrected", "number_of", "settled"]
