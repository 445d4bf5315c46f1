"""`parley say`: text to a file, a pipe or a player, written while it is being made."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO

from agent.audio import Samples, to_int16, writing
from agent.config import Config
from agent.errors import ParleyError
from agent.line import AGENT_RATE
from agent.models import ModelStore
from agent.voices import Speaker, engine_of
from tts.weights import WeightsError

PLAYERS = (
    ("aplay", "-q", "-"),
    ("paplay", "--raw", f"--rate={AGENT_RATE}", "--channels=1", "--format=s16le"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet", "-"),
)
"""Programs that play what comes in on their standard input, most direct first."""

_HEADER = struct.pack(
    "<4sI4s4sIHHIIHH4sI",
    *(b"RIFF", 0xFFFFFFFF, b"WAVE"),
    *(b"fmt ", 16, 1, 1, AGENT_RATE, 2 * AGENT_RATE, 2, 16),
    *(b"data", 0xFFFFFFFF - 36),
)
"""A WAV header for 16-bit mono whose end is not known yet: the largest length stands for that."""


def say(text: Iterable[str], output: str | None, config: Config, store: ModelStore) -> None:
    """Speaks `text` as its pieces come, to `output`: a file, "-", or a player when it is None.

    Raises:
        ParleyError: there is nothing to say, or nowhere to say it.
    """
    pieces = iter(text)
    first = next((piece for piece in pieces if piece.strip()), None)
    if first is None:
        raise ParleyError('There is nothing to say: give a text, as in parley say "Hello."')
    whole = chain([first], pieces)
    if output == "-":
        _stream(_spoken(speaker_of(config, store), whole), sys.stdout.buffer)
    elif output is not None:
        with writing(Path(output), AGENT_RATE) as file:
            for samples in _spoken(speaker_of(config, store), whole):
                file.write(samples)
    else:
        player = _player()
        _play(player, _spoken(speaker_of(config, store), whole))


def say_lines(lines: Path, folder: Path, config: Config, store: ModelStore) -> None:
    """Speaks every line of a file that is not blank, into `folder`/000.wav, 001.wav and so on.

    Raises:
        ParleyError: the file cannot be read or holds no line, or the folder cannot be written.
    """
    try:
        texts = [line.strip() for line in lines.read_text(encoding="utf-8").splitlines()]
        folder.mkdir(parents=True, exist_ok=True)
    except UnicodeDecodeError as error:
        raise ParleyError(
            f"{lines} is no UTF-8 text: give a file with a sentence a line."
        ) from error
    texts = [text for text in texts if text]
    if not texts:
        raise ParleyError(f"{lines} holds no line to speak.")
    engine = speaker_of(config, store)
    for number, text in enumerate(texts):
        with writing(folder / f"{number:03}.wav", AGENT_RATE) as file:
            for samples in _spoken(engine, [text]):
                file.write(samples)
        print(f"{number:03}.wav  {text}", flush=True)


def speaker_of(config: Config, store: ModelStore) -> Speaker:
    """The chosen voice, loaded. Raises `ParleyError` when its files are missing or broken."""
    try:
        return engine_of(config, store)
    except WeightsError as error:
        raise ParleyError(str(error)) from error


def _spoken(engine: Speaker, text: Iterable[str]) -> Iterator[Samples]:
    return (to_int16(chunk.samples) for chunk in engine.speak(text))


def _stream(speech: Iterable[Samples], out: IO[bytes]) -> None:
    out.write(_HEADER)
    for samples in speech:
        out.write(samples.astype("<i2").tobytes())
        out.flush()


def _player() -> tuple[str, ...]:
    found = next((player for player in PLAYERS if shutil.which(player[0])), None)
    if found is None:
        names = ", ".join(player[0] for player in PLAYERS)
        raise ParleyError(
            f"No player was found ({names}): install one, or write a file with -o FILE.wav."
        )
    return found


def _play(player: tuple[str, ...], speech: Iterable[Samples]) -> None:
    failed = ParleyError(
        f"{player[0]} cannot play here: is there a sound card? -o FILE.wav writes a file instead."
    )
    with subprocess.Popen(player, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        try:
            _stream(speech, process.stdin)
        except BrokenPipeError as error:
            raise failed from error
    if process.returncode:
        raise failed
