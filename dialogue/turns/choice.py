"""The policies by the names that config.toml gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dialogue.turns.backchannel import NoBackchannel, OneBackchannel
from dialogue.turns.end_of_turn import PosteriorEndOfTurn, WordsEndOfTurn
from dialogue.turns.interruption import VoiceInterruption, WordInterruption
from dialogue.turns.policy import Backchannels, EndOfTurn, Interruption, Policy, Reprompt
from dialogue.turns.reprompt import NoReprompt, PoliteReprompt
from dialogue.turns.settings import TurnSettings

_END_OF_TURN: Mapping[str, Callable[[TurnSettings], EndOfTurn]] = {
    "ear and words": lambda s: PosteriorEndOfTurn(
        s.complete_wait, s.whole_wait, s.incomplete_wait, s.dictation_wait, s.sureness
    ),
    "words": lambda s: WordsEndOfTurn(s.complete_wait, s.incomplete_wait, s.dictation_wait),
}
_INTERRUPTION: Mapping[str, Callable[[TurnSettings], Interruption]] = {
    "words": lambda s: WordInterruption(s.background_margin, s.clear_words),
    "voice": lambda s: VoiceInterruption(s.pause_after),
}
_BACKCHANNEL: Mapping[str, Callable[[TurnSettings], Backchannels]] = {
    "off": lambda s: NoBackchannel(),
    "one": lambda s: OneBackchannel(s.backchannel_after, (s.complete_wait + s.incomplete_wait) / 2),
}
_REPROMPT: Mapping[str, Callable[[TurnSettings], Reprompt]] = {
    "polite": lambda s: PoliteReprompt(s.reprompt_wait),
    "off": lambda s: NoReprompt(),
}


def chosen(settings: TurnSettings) -> Policy:
    """The policy that `settings` describe."""
    return Policy(
        end_of_turn=_END_OF_TURN[settings.end_of_turn](settings),
        interruption=_INTERRUPTION[settings.interruption](settings),
        backchannel=_BACKCHANNEL[settings.backchannel](settings),
        reprompt=_REPROMPT[settings.reprompt](settings),
        acting_wait=settings.acting_wait,
        words_wait=settings.words_wait,
        final_wait=settings.final_wait,
        pause_after=settings.pause_after,
        longest_gap=settings.longest_gap,
        resume_wait=settings.resume_wait,
        wordless_wait=settings.wordless_wait,
        caller_level=settings.caller_level,
    )
