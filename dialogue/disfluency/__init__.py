"""Disfluent speech: what a caller took back, and what counts.

`repair` marks fillers, repetitions, false starts and self-repairs in recognised words and takes
them out; `corrections` recognises a turn that corrects an earlier one.
"""

from dialogue.disfluency.correction import Correction, corrections
from dialogue.disfluency.editor import Editor
from dialogue.disfluency.stage import Repaired, repair
from dialogue.disfluency.state import Disfluency, Disfluent
from dialogue.disfluency.tagger import Tagger
from dialogue.disfluency.values import Kind

__all__ = [
    "Correction",
    "Disfluency",
    "Disfluent",
    "Editor",
    "Kind",
    "Repaired",
    "Tagger",
    "corrections",
    "repair",
]
