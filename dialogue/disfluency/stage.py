"""The stage itself: recognised words in, what the speaker settled on out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from dialogue.disfluency import again, hesitation
from dialogue.disfluency.alignment import fit as align
from dialogue.disfluency.alignment import redundant
from dialogue.disfluency.changes import Change
from dialogue.disfluency.cues import FILLERS, cues
from dialogue.disfluency.denial import denied
from dialogue.disfluency.editor import Editor, Reading
from dialogue.disfluency.hints import hints
from dialogue.disfluency.scene import Fit
from dialogue.disfluency.state import DENIALS, Disfluency, Disfluent, State, bare, without
from dialogue.disfluency.tagger import Edit, Tagger
from dialogue.disfluency.words import Word, cores, split
from dialogue.disfluency.written_form import as_tools_want, written

_LONGEST_TEXT = 400
_LONGEST_REPLACED = 4
_SURE = 0.4
_SURE_OF_CHANGE = 0.3
_SURE_UNTOLD = 0.8
"""Where neither the rules nor an editing phrase tell of a repair."""
_SURER_THAN_MOVING = 0.5
_PLAIN = (Disfluent.FILLER, Disfluent.FRAGMENT, Disfluent.REPETITION)
"""What the rules see as well as anybody: 97 in 100 are right, most others as good."""
_QUESTION_WORDS = frozenset("who what when where which how why whom whose".split())
_HESITANT = frozenset(
    """no nope wait sorry mean meant rather or oh actually instead oops whoops scratch correction
    hold excuse pardon nevermind mind""".split()
)
_REQUESTS = frozenset(
    """i i'd can could would will please is are do does sorry hi hello okay so well yes no
    what's when's where's""".split()
)


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
            " ".join([*(word.text for word in span[:-1]), bare(span[-1]).text])
            for span in spans
            if 0 < len(span) <= _LONGEST_REPLACED and not meant.issuperset(cores(span))
        )

    @property
    def written(self) -> str:
        """What was meant, with numbers, times and dates in their written form, as tools want it."""
        return as_tools_want(self.text)

    @property
    def shown(self) -> str:
        """What the language model is shown: the text meant, behind what does not count any more.

        Of the forms tried, only this one cost the embedded model no slot; a note behind the text
        was now and then taken for what the caller wants.
        """
        if not self.replaced:
            return self.written
        return f"[Not {' or '.join(map(written, self.replaced))}.] {self.written}"


def repair(text: str, tagger: Tagger | None = None, editor: Editor | None = None) -> Repaired:
    """Mark the disfluencies of `text` and take them out, one after the other until none is left.

    Rules do it, made for requests: they align a repair by words and kinds of value. A `tagger`
    goes first in questions of fact, which name anything at all; in all else an `editor` weighs
    what the rules propose against what it would leave out itself.
    """
    words = split(text)
    state = State.of(words)
    if len(words) <= _LONGEST_TEXT:
        state = _plainly(state, tagger)
        reading = editor.read(words) if editor and hints(state.words) else None
        while (following := _step(state, tagger, reading)) is not None:
            state = following
    if not state.disfluencies:
        return Repaired(words, state.places, (), text)
    meant = " ".join(word.text for word in state.words)
    return Repaired(words, state.places, state.disfluencies, meant)


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


def _plainly(state: State, tagger: Tagger | None) -> State:
    """`state` without what the rules see as well as anybody, while they see nothing else."""
    while (rules := next(_steps(state, tagger), None)) and rules.kind in _PLAIN:
        state = rules.following
    return state


def _step(state: State, tagger: Tagger | None, reading: Reading | None) -> State | None:
    """`state` without its next disfluency; None where none is left or nothing would be."""
    rules = next(_steps(state, tagger), None)
    if reading is None or not state.words or (tagger is not None and _asks_a_fact(state.words)):
        return rules.following if rules else None
    if rules and rules.kind in _PLAIN:
        return rules.following
    return _edited(state, rules, reading)


@dataclass(frozen=True)
class _Step:
    """What is taken out, what kind of disfluency it is, and what is left then."""

    fit: Fit
    kind: Disfluent
    following: State


def _steps(state: State, tagger: Tagger | None) -> Iterator[_Step]:
    """What may be taken out next by the rules, the surest first."""
    for fit, kind in _found(state, tagger):
        if following := without(state, fit, kind):
            yield _Step(fit, kind, following)


def proposal(words: tuple[Word, ...]) -> Change | None:
    """What the rules change of `words` first; None where that is nothing."""
    step = next(_steps(State.of(words), None), None)
    return _proposed(step.fit, len(words)) if step else None


def _proposed(fit: Fit, count: int) -> Change | None:
    """None where an editor could not say it: nothing is replaced, but something is moved."""
    if block := fit.block(count):
        return Change(block)
    if fit.start < fit.end and fit.resume < fit.stop:
        return Change((fit.start, fit.end), (fit.resume, fit.stop))
    return None


def _edited(state: State, rules: _Step | None, reading: Reading) -> State | None:
    """What the rules leave, or what the editor does where it is sure of something else."""
    words = state.words
    proposed = _proposed(rules.fit, len(words)) if rules else None
    verdict = reading.verdict(words, state.places, proposed)
    as_rules = rules.following if rules else None
    needed = _SURE_OF_CHANGE if rules or cues(words) else _SURE_UNTOLD
    if verdict.change == proposed or verdict.likelihood < needed:
        return as_rules
    if rules and proposed is None and verdict.likelihood < _SURER_THAN_MOVING:
        return as_rules
    if verdict.change is None:
        return None
    start, resume = verdict.change.block
    if repair := verdict.change.repair:
        first, end = repair
        return without(state, Fit(start, resume, first, first, end, end), Disfluent.REPAIR)
    kind = _kind(words, start, resume)
    fit = Edit(start, resume, None, verdict.likelihood).fit(words)
    if fit is None or (fit.cue == 0 and kind is not Disfluent.FILLER):
        # "Sorry, I meant Thursday" takes back what was said before this turn.
        return as_rules
    return without(state, _with_denial(words, fit), kind) or as_rules


def _kind(words: Sequence[Word], start: int, resume: int) -> Disfluent:
    block = [word.core for word in words[start:resume]]
    if FILLERS.issuperset(block):
        return Disfluent.FILLER
    behind = [word.core for word in words[resume : 2 * resume - start]]
    return Disfluent.REPETITION if block == behind else Disfluent.REPAIR


def _found(state: State, tagger: Tagger | None) -> Iterator[tuple[Fit, Disfluent]]:
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
    while 0 < start < fit.end and words[start - 1].core in DENIALS:
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
