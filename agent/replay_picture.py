"""A logged call as a picture: both voices with their words, who had the floor, what was decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from agent.errors import ParleyError
from dialogue import turns
from dialogue.turns.log import Entry

_COLOURS = {
    turns.Floor.LISTENING: "#9ecae1",
    turns.Floor.THINKING: "#fdd49e",
    turns.Floor.SPEAKING: "#a1d99b",
}
_MARKS = {
    turns.DuckReply: "duck",
    turns.PauseReply: "pause",
    turns.ResumeReply: "resume",
    turns.StopReply: "yield",
    turns.Acknowledge: "backchannel",
    turns.Disregard: "background",
    turns.CommitTurn: "turn",
    turns.DropReply: "drop",
    turns.HangUp: "hang up",
}
_SECONDS_A_ROW = 20.0
Span = tuple[float, float]


def draw(entries: Sequence[Entry], policy: turns.Policy, path: Path) -> None:
    """Writes the picture, 20 s of the call to a row; the ending of `path` chooses its format.

    Raises:
        ParleyError: matplotlib is not installed, or the file cannot be written.
    """
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError as error:
        raise ParleyError("A picture needs matplotlib: pip install 'parley[picture]'.") from error
    end = max((entry.time for entry in entries), default=0.0) + 0.5
    rows = int(end // _SECONDS_A_ROW) + 1
    figure, axes = pyplot.subplots(rows, 1, figsize=(18, 2.8 * rows), squeeze=False)
    for row, axis in enumerate(axes[:, 0]):
        for (begin, finish), floor in _floors(entries, policy, end):
            axis.barh(0, finish - begin, 0.6, begin, color=_COLOURS[floor])
        for begin, finish in _caller(entries, end):
            axis.barh(2, finish - begin, 0.5, begin, color="#6baed6")
        for begin, finish in _agent(entries, end):
            axis.barh(1, finish - begin, 0.5, begin, color="#74c476")
        for height, time, word in _words(entries):
            axis.text(time, height, word, fontsize=7, rotation=35, clip_on=True)
        for time, mark in _decisions(entries):
            axis.axvline(time, color="#636363", linewidth=0.5)
            axis.text(time, -0.75, mark, fontsize=7, rotation=90, va="top", clip_on=False)
        axis.set_xlim(row * _SECONDS_A_ROW, (row + 1) * _SECONDS_A_ROW)
        axis.set_ylim(-0.7, 2.8)
        axis.set_yticks([0, 1, 2], ["floor", "agent", "caller"])
        # Text outside the row belongs to another.
        for text in axis.texts:
            inside = axis.get_xlim()[0] <= text.get_position()[0] < axis.get_xlim()[1]
            text.set_visible(inside)
    figure.supxlabel("seconds")
    figure.tight_layout()
    try:
        figure.savefig(path, dpi=110)
    except (OSError, ValueError) as error:
        raise ParleyError(f"The picture cannot be written to {path}: {error}.") from error
    finally:
        pyplot.close(figure)


def _floors(
    entries: Sequence[Entry], policy: turns.Policy, end: float
) -> Iterator[tuple[Span, turns.Floor]]:
    state, since, floor = turns.State(), 0.0, turns.Floor.LISTENING
    for entry in entries:
        state, _ = turns.step(state, entry.event, entry.time, policy)
        if turns.floor(state) is not floor:
            yield (since, entry.time), floor
            since, floor = entry.time, turns.floor(state)
    yield (since, end), floor


def _caller(entries: Sequence[Entry], end: float) -> Iterator[Span]:
    since: float | None = None
    for entry in entries:
        if isinstance(entry.event, turns.VoiceStarted):
            since = entry.event.since
        elif isinstance(entry.event, turns.VoiceStopped) and since is not None:
            yield since, entry.event.since
            since = None
    if since is not None:
        yield since, end


def _agent(entries: Sequence[Entry], end: float) -> Iterator[Span]:
    """When the agent was audible."""
    since: float | None = None
    for entry in entries:
        ends = [a for a in entry.actions if isinstance(a, turns.PauseReply | turns.StopReply)]
        if since is not None and (ends or isinstance(entry.event, turns.SpeechFinished)):
            yield since, entry.time
            since = None
        resumed = any(
            isinstance(a, turns.ResumeReply) and a.word is not None for a in entry.actions
        )
        if isinstance(entry.event, turns.SpeechStarted) or (resumed and since is None):
            since = entry.time
    if since is not None:
        yield since, end


def _words(entries: Sequence[Entry]) -> Iterator[tuple[float, float, str]]:
    """Height, time and word; the caller's evenly over their voice where no times are known."""
    since = until = 0.0
    closed = True
    for entry in entries:
        match entry.event:
            case turns.VoiceStarted(voiced):
                since, closed = (voiced, False) if closed else (since, closed)
            case turns.VoiceStopped(silent):
                until = silent
            case turns.FinalWords(text, times):
                words = text.split()
                evenly = np.linspace(since, max(since, until), len(words), endpoint=False)
                starts = [begin for begin, _ in times] or evenly.tolist()
                yield from ((2.3, at, word) for at, word in zip(starts, words, strict=False))
                closed = True
            case turns.SpeechReached(text=word):
                yield 1.3, entry.time, word


def _decisions(entries: Sequence[Entry]) -> Iterator[tuple[float, str]]:
    for entry in entries:
        for action in entry.actions:
            if type(action) in _MARKS:
                yield entry.time, _MARKS[type(action)]
