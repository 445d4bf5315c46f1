"""What is learned about what callers mean: the networks that undo self-repairs and read arguments.

They come with Parley; the encoder through which two of them read words is a model file.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from dialogue.disfluency import Editor, Repaired, Tagger, repair
from dialogue.encoder import Pretrained
from dialogue.frames import Reader

_KEPT = 64
_WARMING = "A table for two on Friday, no, sorry, three."


@dataclass(frozen=True)
class Understanding:
    """The networks, one each for all calls; without editor and reader, rules do their work."""

    editor: Editor | None = None
    reader: Reader | None = None

    @staticmethod
    def load(folder: Path) -> Understanding:
        """With the encoder's files in `folder`, and warm; raises `EncoderUnreadable`."""
        pretrained = Pretrained(folder)
        understanding = Understanding(Editor(pretrained), Reader(pretrained))
        understanding.repair(_WARMING)
        return understanding

    def repair(self, text: str) -> Repaired:
        """What was meant by `text`; what was asked for lately is remembered."""
        return _repaired(self.editor, text)


@lru_cache(maxsize=_KEPT)
def _repaired(editor: Editor | None, text: str) -> Repaired:
    # A turn is asked for while it is spoken, when it may be over, and when it is.
    return repair(text, Tagger.shared(), editor)
