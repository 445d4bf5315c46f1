"""Disfluent speech: what a caller took back, and what counts.

`repair` marks fillers, repetitions, false starts and self-repairs in recognised words and takes
them out; `corrections` recognises a turn that corrects an earlier one.
"""

from dialogue.disfluency.correction import Correction, corrections
from dialogue.disfluency.stage import Disfluency, Disfluent, Repaired, repair
from dialogue.disfluency.tagger import Tagger
from dialogue.disfluency.values import Kind

__all__ = [
    "Correction",
    "Disfluency",
    "Disfluent",
    "Kind",
    "Repaired",
    "Tagger",
    "corrections",
    "repair",
]
