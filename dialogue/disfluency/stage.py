"""The stage itself: recognised words in, what the speaker settled on out."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise
from typing import Final

from dialogue.disfluency import again, hesitation
from dialogue.disfluency.alignment import fit as align
from dialogue.disfluency.alignment import redundant
from dialogue.disfluency.cues import FILLERS, begins_cue, cues
from dialogue.disfluency.denial import denied
from dialogue.disfluency.scene import Fit
from dialogue.disfluency.tagger import Tagger
from dialogue.disfluency.words import Word, cores, split
from dialogue.disfluency.written_form import with_twos, written

_DENIALS: Final = frozenset(("no", "not"))
_TAIL = re.compile(r"[,;:\u2014\u2013\u2026\-]+$|\.{2,}$|(?<![.]\w)[.?!]+$")
_END = re.compile(r"[.?!]+$")
_LONGEST_TEXT = 400
_LONGEST_REPLACED = 4
_SURE = 0.4
_QUESTION_WORDS = frozenset("who what when where which how why whom whose".split())
_HESITANT = frozenset(
    """no nope wait sorry mean meant rather or oh actually instead oops whoops scratch correction
    hold excuse pardon nevermind mind""".split()
)
_REQUESTS = frozenset(
    """i i'd can could would will please is are do does sorry hi hello okay so well yes no
    what's when's where's""".split()
)


class Disfluent(Enum):
    """What kind of disfluency it is."""

    FILLER = "filler"
    FRAGMENT = "broken-off word"
    REPETITION = "repetition"
    FALSE_START = "false start"
    REPAIR = "self-repair"


@dataclass(frozen=True, slots=True)
class Disfluency:
    """One disfluency, in Shriberg's (1994) terms; places of words in the raw text.

    The `reparandum` is taken back, the `interregnum` stands between, and the `repair` replaces.
    Fillers are all interregnum.
    """

    kind: Disfluent
    reparandum: tuple[int, ...]
    interregnum: tuple[int, ...]
    repair: tuple[int, ...]


@dataclass(frozen=True)
class Repaired:
    """A text as it was recognised and as it was meant."""

    words: tuple[Word, ...]
    """Every recognised word."""
    kept: tuple[int, ...]
    """Places of the words that stand, in the order in which they stand."""
    disfluencies: tuple[Disfluency, ...]
    text: str
    """What was meant; the recognised text itself where nothing was disfluent."""

    @property
    def replaced(self) -> tuple[str, ...]:
        """What was taken back and replaced by something else, as it was written: "Tuesday".

        Sentences begun anew are not among it, nor is what the text still says.
        """
        meant = {self.words[place].core for place in self.kept}
        spans = [
            [self.words[place] for place in found.reparandum]
            for found in self.disfluencies
            if found.kind is Disfluent.REPAIR
        ]
        return tuple(
            " ".join([*(word.text for word in span[:-1]), _bare(span[-1]).text])
            for span in spans
            if 0 < len(span) <= _LONGEST_REPLACED and not meant.issuperset(cores(span))
        )

    @property
    def shown(self) -> str:
        """What the language model is shown: the text meant, behind what does not count any more.

        Numbers, times and dates are in their written form, as tools want them.

        Of the forms tried, only this one cost the embedded model no slot; a note behind the text
        was now and then taken for what the caller wants.
        """
        meant = written(with_twos(self.text))
        if not self.replaced:
            return meant
        return f"[Not {' or '.join(map(written, self.replaced))}.] {meant}"


def repair(text: str, tagger: Tagger | None = None) -> Repaired:
    """Mark the disfluencies of `text` and take them out, one after the other until none is left.

    Rules do it, made for requests: they align a repair by words and kinds of value. A `tagger`
    goes first in questions of fact, which name anything at all.
    """
    words = split(text)
    state = _State(words, words, tuple(range(len(words))), ())
    if len(words) <= _LONGEST_TEXT:
        while (following := _step(state, tagger)) is not None:
            state = following
    if not state.disfluencies:
        return Repaired(words, state.places, (), text)
    meant = " ".join(word.text for word in state.words)
    return Repaired(words, state.places, state.disfluencies, meant)


@dataclass(frozen=True)
class _State:
    """Words that still stand, and their places in the raw text."""

    source: tuple[Word, ...]
    words: tuple[Word, ...]
    places: tuple[int, ...]
    disfluencies: tuple[Disfluency, ...]


_Finder = Callable[[Sequence[Word], int], Fit | None]
_FINDERS: tuple[tuple[Disfluent, _Finder], ...] = (
    (Disfluent.FILLER, hesitation.filler),
    (Disfluent.FRAGMENT, hesitation.fragment),
    (Disfluent.REPETITION, hesitation.repetition),
    (Disfluent.REPETITION, again.refined),
    (Disfluent.REPETITION, again.completed),
    (Disfluent.REPAIR, again.placed_again),
    (Disfluent.REPAIR, again.numbered_again),
    (Disfluent.FALSE_START, hesitation.false_start),
    (Disfluent.REPAIR, denied),
)


def _step(state: _State, tagger: Tagger | None) -> _State | None:
    """`state` without its next disfluency; None where none is left or nothing would be."""
    for fit, kind in _found(state, tagger):
        if following := _without(state, fit, kind):
            return following
    return None


def _found(state: _State, tagger: Tagger | None) -> Iterator[tuple[Fit, Disfluent]]:
    """What may be taken out next, the surest first."""
    words = state.words
    edits = cues(words)
    if tagger is not None and words and _asks_a_fact(words):
        edit = tagger.edit(words)
        if edit.likelihood >= _SURE and edit.resume < len(words) and (fit := edit.fit(words)):
            yield fit, Disfluent.REPAIR
    for kind, finder in _FINDERS:
        for at in range(len(words)):
            if fit := finder(words, at):
                yield fit, kind
    for cue in edits:
        if fit := align(words, cue):
            yield _with_denial(words, fit), Disfluent.REPAIR
    replaced = frozenset(
        state.source[place].core
        for found in state.disfluencies
        if found.kind is Disfluent.REPAIR
        for place in found.reparandum
    )
    for at in range(len(words) if replaced else 0):
        if fit := redundant(words, at, replaced):
            yield fit, Disfluent.REPAIR


def _with_denial(words: Sequence[Word], fit: Fit) -> Fit:
    """What is replaced goes with the denial that begins its clause: "No, not Monday, I meant"."""
    start = fit.start
    while 0 < start < fit.end and words[start - 1].core in _DENIALS:
        start -= 1
    denies = words[fit.start - 1].core == "not" and words[fit.resume].core != "not"
    begins = start == 0 or words[start - 1].breaks or words[start - 1].stops
    return replace(fit, start=start) if start < fit.start and denies and begins else fit


def _asks_a_fact(words: Sequence[Word]) -> bool:
    """Whether it is a question about the world and hesitates: "In what city, no, year ...?"."""
    said = {word.core for word in words}
    question = words[-1].text.rstrip("\"')").endswith("?")
    asks = question or (words[0].core in _QUESTION_WORDS and not words[-1].stops)
    if not asks or words[0].core in _REQUESTS:
        return False
    return not said.isdisjoint(_QUESTION_WORDS) and not said.isdisjoint(FILLERS | _HESITANT)


def _without(state: _State, fit: Fit, kind: Disfluent) -> _State | None:
    order = fit.order(len(state.words))
    if not any(state.words[i].core for i in order):
        return None
    denied = fit.start
    while denied + 1 < fit.end and state.words[denied].core in _DENIALS:
        denied += 1
    reparandum, interregnum = (
        range(denied, fit.end),
        [*range(fit.start, denied), *range(fit.cue, fit.resume), *range(fit.stop, fit.after)],
    )
    repair = _repair(state, fit)
    if kind is Disfluent.FILLER and fit.end == fit.resume:
        reparandum, interregnum, repair = range(0), [*reparandum], range(0)
    elif kind is Disfluent.FILLER:
        kind = Disfluent.REPAIR
    disfluency = Disfluency(
        kind, *(_places(state, span) for span in (reparandum, interregnum, repair))
    )
    return _State(
        state.source,
        _joined(state.words, order, _pauses(state.words, fit, kind)),
        _places(state, order),
        (*state.disfluencies, disfluency),
    )


def _pauses(words: Sequence[Word], fit: Fit, kind: Disfluent) -> Collection[int]:
    """The pause before what is replaced is before what replaces it: "Khan, K A N, no, K H A N"."""
    before = fit.start - 1
    replaces = kind is Disfluent.REPAIR and before >= 0 and fit.end > fit.start
    return (before,) if replaces and words[before].pauses else ()


def _places(state: _State, span: Sequence[int]) -> tuple[int, ...]:
    return tuple(state.places[i] for i in span)


def _repair(state: _State, fit: Fit) -> Sequence[int]:
    """What stands for the reparandum; as many words as it had, up to a pause, where it is open."""
    if fit.stop > fit.resume or fit.end == fit.start:
        return range(fit.resume, fit.stop)
    stop = fit.resume
    while stop < min(len(state.words), fit.resume + fit.end - fit.start):
        stop += 1
        if state.words[stop - 1].breaks:
            break
    return range(fit.resume, stop)


def _joined(
    words: Sequence[Word], order: Sequence[int], pauses: Collection[int]
) -> tuple[Word, ...]:
    """The words in `order`, with the punctuation that they need in their new company.

    Behind the words at `pauses` the speaker paused in any case.
    """
    kept = [words[i] for i in order]
    for at, (here, there) in enumerate(pairwise(order)):
        if there == here + 1 or here in pauses:
            continue
        if not begins_cue([*kept[: at + 1], words[there]], at + 1):
            kept[at] = _bare(kept[at])
    last = len(words) - 1
    if order[-1] != last:
        ending = _END.search(words[last].text)
        kept[-1] = _bare(kept[-1])
        if ending and not kept[-1].stops:
            kept[-1] = replace(kept[-1], text=kept[-1].text + ending.group())
    if order[0] != 0 and words[0].is_capital:
        text = kept[0].text
        kept[0] = replace(kept[0], text=text[:1].upper() + text[1:])
    return tuple(kept)


def _bare(word: Word) -> Word:
    """`word` without the punctuation behind it."""
    return replace(word, text=_TAIL.sub("", word.text) or word.text)
