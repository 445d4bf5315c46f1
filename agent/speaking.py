"""`parley say`: text to a WAV file, a pipe or a player, written while it is being made."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import numpy as np

import tts as tts_room
from agent.errors import ParleyError
from agent.line import AGENT_RATE
from tts.engine import Engine
from tts.settings import SpeakingSettings
from tts.weights import WeightsError

PLAYERS = (
    ("aplay", "-q", "-"),
    ("paplay", "--raw", "--rate=24000", "--channels=1", "--format=s16le"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet", "-"),
)
_ENDLESS = 0xFFFFFFFF - 44


def say(text: str | None, output: str | None, settings: SpeakingSettings) -> None:
    """Speaks `text`, or standard input where it is None, to `output`: a file, "-", or a player.

    Raises:
        ParleyError: there is nothing to say, or nowhere to say it.
    """
    spoken = text if text is not None else sys.stdin.read()
    if not spoken.strip():
        raise ParleyError('There is nothing to say: give a text, as in parley say "Hello."')
    if output is None:
        _play(_pcm(_engine(settings), spoken))
    elif output == "-":
        _stream(_pcm(_engine(settings), spoken), sys.stdout.buffer)
    else:
        _write(Path(output), _pcm(_engine(settings), spoken))


def say_lines(lines: Path, folder: str | None, settings: SpeakingSettings) -> None:
    """Speaks every line of a file into `folder`/000.wav, 001.wav and so on.

    Raises:
        ParleyError: the file cannot be read or holds no line, or no folder is given.
    """
    if folder is None or folder == "-":
        raise ParleyError("--lines needs a folder to write to: add -o FOLDER.")
    try:
        texts = [line.strip() for line in lines.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise ParleyError(f"{lines} cannot be read as text: {error}.") from error
    texts = [text for text in texts if text]
    if not texts:
        raise ParleyError(f"{lines} holds no line to speak.")
    engine = _engine(settings)
    for number, text in enumerate(texts):
        _write(Path(folder) / f"{number:03}.wav", _pcm(engine, text))
        print(f"{number:03}.wav  {text}", flush=True)


def _engine(settings: SpeakingSettings) -> Engine:
    try:
        return Engine(Path(tts_room.__file__).parent / "weights", settings)
    except WeightsError as error:
        raise ParleyError(str(error)) from error


def _pcm(engine: Engine, text: str) -> Iterator[bytes]:
    for chunk in engine.speak([text]):
        yield (np.clip(chunk.samples, -1, 1) * 32767).astype("<i2").tobytes()


def _header(size: int) -> bytes:
    """A canonical WAV header for `size` bytes of 16-bit mono at 24 kHz."""
    form = struct.pack("<IHHIIHH", 16, 1, 1, AGENT_RATE, 2 * AGENT_RATE, 2, 16)
    return (
        b"RIFF"
        + struct.pack("<I", size + 36)
        + b"WAVEfmt "
        + form
        + b"data"
        + struct.pack("<I", size)
    )


def _write(path: Path, pcm: Iterable[bytes]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(_header(0))
            size = sum(file.write(part) for part in pcm)
            file.seek(0)
            file.write(_header(size))
    except OSError as error:
        raise ParleyError(f"{path} cannot be written: {error.strerror}.") from error


def _stream(pcm: Iterable[bytes], out: IO[bytes]) -> None:
    out.write(_header(_ENDLESS))
    for part in pcm:
        out.write(part)
        out.flush()


def _play(pcm: Iterable[bytes]) -> None:
    command = next((player for player in PLAYERS if shutil.which(player[0])), None)
    if command is None:
        raise ParleyError(
            "No player was found (aplay, paplay or ffplay): install one, or write a file with "
            "-o FILE.wav."
        )
    with subprocess.Popen(command, stdin=subprocess.PIPE) as player:
        assert player.stdin is not None
        _stream(pcm, player.stdin)
