"""Kokoro-82M (Apache-2.0), the teacher of the voice, as its ONNX file runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from tts.symbols import PAD

FILE = "kokoro-v1.0.int8.onnx"
MOST_SYMBOLS = 500
"""Its voices have a style for each length of text, up to this."""


@dataclass(frozen=True)
class Kokoro:
    """The model in a folder, with its voices beside it (NAME.bin); loaded at the first use."""

    folder: Path
    threads: int = 1

    def missing(self, voice: str) -> Path | None:
        """The first file that is not there for `voice` to be spoken with."""
        files = (self.folder / FILE, self.folder / f"{voice}.bin")
        return next((file for file in files if not file.is_file()), None)

    def speak(self, voice: str, symbols: Sequence[int]) -> NDArray[np.float32]:
        """float32 samples at 24 kHz of phoneme symbols, `MOST_SYMBOLS` at most."""
        return self.outputs(voice, symbols)[0]

    def outputs(self, voice: str, symbols: Sequence[int]) -> list[NDArray[np.float32]]:
        """All that the graph puts out, the samples first, each without its dimensions of one."""
        styles = np.fromfile(self.folder / f"{voice}.bin", np.float32).reshape(-1, 1, 256)
        fed: dict[str, Any] = {
            "tokens": np.array([[PAD, *symbols, PAD]], np.int64),
            "style": styles[len(symbols)],
            "speed": np.ones(1, np.float32),
        }
        return [np.asarray(out, np.float32).squeeze() for out in self._session.run(None, fed)]

    def graph(self) -> bytes:
        """The ONNX model that is run."""
        return (self.folder / FILE).read_bytes()

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(
            self.graph(), options, providers=["CPUExecutionProvider"]
        )
