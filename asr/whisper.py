"""Whisper in short windows, guarded against its known faults.

Whisper (Radford et al. 2022) was trained on 30 s of audio and pays for all 30 s whatever it
hears; through CTranslate2 its encoder takes less. Short windows cost a sixth of the time, but
bring two faults back: sentences said once are written twice or without end, and silence is given
words. Both are looked for in what was decoded, and what is doubted is decoded again in a longer
window. A ban on repeated n-grams, the usual guard, would eat "seven seven seven".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer

from asr.audio import RATE, Audio
from asr.settings import HearingSettings

_WINDOWS = (8, 10, 15, 30)  # seconds; below 8 the word error climbs
_DOUBT_WINDOW = 15  # seconds; here Whisper does not repeat itself
_FRAMES = 100  # mel frames per second
_ALIGNED = 50  # encoder frames per second
_PIECE = 28.0  # seconds; longer audio is cut into pieces no longer than this
_TOKENS_PER_SECOND = 6  # of the fastest speech, so that a loop ends early
_TOKENS_SPARE = 8
_TOKENS_LEAST = 1.2  # per second; of speech, there are hardly ever fewer
_UNHEARD = 2.0  # seconds after the last word that are worth a second look
_DOUBTFUL = -1.0  # mean log probability below which words are doubted
_NO_SPEECH = 0.6  # probability of no speech above which doubted words are dropped
_FEW_TOKENS = 3  # so few are doubted as well


class ModelUnreadableError(RuntimeError):
    """The folder holds no Whisper model that can be loaded."""


@dataclass(frozen=True)
class Word:
    """One word, punctuation attached, with its times in seconds from the start of the audio."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Transcript:
    """What was said; `words` is empty when times were not asked for."""

    text: str = ""
    words: tuple[Word, ...] = ()
    language: str = "en"
    confidence: float = 0.0
    """Geometric mean of the tokens' probabilities, 0 to 1."""


@dataclass(frozen=True)
class _Decoded:
    tokens: list[int]
    score: float
    no_speech: float
    capped: bool
    encoded: ctranslate2.StorageView
    tokenizer: Tokenizer

    @property
    def doubtful(self) -> bool:
        trigrams = list(zip(self.tokens, self.tokens[1:], self.tokens[2:], strict=False))
        repeats = len(set(trigrams)) < len(trigrams)
        return self.capped or repeats or self.score < _DOUBTFUL


class Whisper:
    """A Whisper model in CTranslate2's format, int8 on the CPU; one decode at a time.

    Raises ModelUnreadableError when `model_dir` holds no such model.
    """

    def __init__(self, model_dir: Path, settings: HearingSettings | None = None) -> None:
        settings = settings or HearingSettings()
        try:
            self._model = WhisperModel(
                str(model_dir),
                device="cpu",
                compute_type="int8",
                cpu_threads=settings.threads,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelUnreadableError(
                f"The Whisper model in {model_dir} cannot be read ({error}); "
                "fetch it again with `parley models fetch`."
            ) from error
        self.name = model_dir.name
        self._language = settings.language
        self._tokenizers: dict[str, Tokenizer] = {}

    def warm(self) -> None:
        """Runs one decode, so that the first caller does not wait for the memory it takes."""
        self._decode(np.zeros(RATE, np.float32), _WINDOWS[0], self._language)

    def transcribe(
        self, audio: Audio, *, language: str | None = None, timed: bool = True
    ) -> Transcript:
        """The words of `audio` (float32[n] at 16 kHz, full scale 1); blocks while decoding.

        `language` is a Whisper code or "auto", the settings' when None. Without `timed` the words
        have no times and a tenth of the time is saved. Audio of any length; what is longer than
        28 s is cut at quiet moments.
        """
        language = language or self._language
        pieces = []
        start = 0
        while True:
            end = _quiet_end(audio, start)
            pieces.append(self._transcribe_piece(audio[start:end], start / RATE, language, timed))
            if end == len(audio):
                return _joined([piece for piece in pieces if piece.text] or pieces[:1])
            start = end

    def _transcribe_piece(
        self, audio: Audio, offset: float, language: str, timed: bool
    ) -> Transcript:
        decoded = self._decode_guarded(audio, language)
        text = decoded.tokenizer.decode(decoded.tokens).strip()
        code = decoded.tokenizer.language_code
        # Over silence Whisper likes to say a word or two, "you" above all, and does not doubt it.
        unlikely = decoded.score < _DOUBTFUL or len(decoded.tokens) <= _FEW_TOKENS
        silent = decoded.no_speech > _NO_SPEECH and unlikely
        if silent or not any(letter.isalnum() for letter in text):
            return Transcript(language=code)
        seconds = len(audio) / RATE
        sparse = seconds > _WINDOWS[0] and len(decoded.tokens) < _TOKENS_LEAST * seconds
        words = self._align(decoded, seconds, offset) if timed or sparse else ()
        said = Transcript(text, words, code, math.exp(decoded.score))
        if not sparse or offset + seconds - words[-1].end < _UNHEARD:
            return said
        # Whisper took the end of a sentence for the end of all speech: it is asked for the rest.
        rest = round((words[-1].end - offset) * RATE)
        more = self._transcribe_piece(audio[rest:], words[-1].end, language, timed)
        return _joined([said, more]) if more.text else said

    def _decode_guarded(self, audio: Audio, language: str) -> _Decoded:
        seconds = len(audio) / RATE
        window = next(window for window in _WINDOWS if window >= seconds)
        decoded = self._decode(audio, window, language)
        if decoded.doubtful and window < _WINDOWS[-1]:
            window = _DOUBT_WINDOW if window < _DOUBT_WINDOW else _WINDOWS[-1]
            decoded = self._decode(audio, window, language)
        if decoded.capped:
            decoded = self._decode(audio, window, language, repeat=False)
        return decoded

    def _decode(self, audio: Audio, window: int, language: str, *, repeat: bool = True) -> _Decoded:
        padding = window * RATE - len(audio)
        mel = self._model.feature_extractor(audio, padding=padding)[:, : window * _FRAMES]
        features = ctranslate2.StorageView.from_array(np.ascontiguousarray(mel[None]))
        encoded = self._model.model.encode(features)
        tokenizer = self._tokenizer(language, encoded)
        prompt = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        longest = round(_TOKENS_PER_SECOND * len(audio) / RATE) + _TOKENS_SPARE
        result = self._model.model.generate(
            encoded,
            [prompt],
            beam_size=1,
            max_length=len(prompt) + longest,
            no_repeat_ngram_size=0 if repeat else 3,
            suppress_tokens=_never_spoken(tokenizer),
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        tokens = [token for token in result.sequences_ids[0] if token < tokenizer.eot]
        return _Decoded(
            tokens,
            score=result.scores[0],
            no_speech=result.no_speech_prob,
            capped=len(result.sequences_ids[0]) >= longest,
            encoded=encoded,
            tokenizer=tokenizer,
        )

    def _tokenizer(self, language: str, encoded: ctranslate2.StorageView) -> Tokenizer:
        multilingual = self._model.model.is_multilingual
        if language == "auto" and multilingual:
            token, _ = self._model.model.detect_language(encoded)[0][0]
            language = token.strip("<|>")
        if language not in self._tokenizers:
            self._tokenizers[language] = Tokenizer(
                self._model.hf_tokenizer, multilingual, task="transcribe", language=language
            )
        return self._tokenizers[language]

    def _align(self, decoded: _Decoded, seconds: float, offset: float) -> tuple[Word, ...]:
        """Word times by dynamic time warping over the cross-attention."""
        tokenizer = decoded.tokenizer
        frames = min(math.ceil(seconds * _FRAMES), _WINDOWS[-1] * _FRAMES)
        alignment = self._model.model.align(
            decoded.encoded, tokenizer.sot_sequence, [decoded.tokens], frames
        )[0].alignments
        # The path visits every token; the first encoder frame of each is where it begins.
        begins: dict[int, float] = {}
        for token, frame in alignment:
            begins.setdefault(token, min(frame / _ALIGNED, seconds) + offset)
        texts, tokens = tokenizer.split_to_word_tokens([*decoded.tokens, tokenizer.eot])
        words: list[Word] = []
        place = 0
        for text, part in zip(texts[:-1], tokens[:-1], strict=True):
            start, end = begins[place], begins[place + len(part)]
            place += len(part)
            if words and not any(letter.isalnum() for letter in text):
                words[-1] = Word(words[-1].text + text.strip(), words[-1].start, end)
            else:
                words.append(Word(text.strip(), start, end))
        return tuple(words)


def _never_spoken(tokenizer: Tokenizer) -> list[int]:
    """Tokens that stand for no speech: signs, notes of music, and the prompt's own marks."""
    return [
        *tokenizer.non_speech_tokens,
        tokenizer.transcribe,
        tokenizer.translate,
        tokenizer.sot,
        tokenizer.sot_prev,
        tokenizer.sot_lm,
        tokenizer.no_speech,
    ]


def _quiet_end(audio: Audio, start: int) -> int:
    """Where the piece from `start` ends: at the end, or the quietest 64 ms of its second half."""
    longest = round(_PIECE * RATE)
    if len(audio) - start <= longest:
        return len(audio)
    step = RATE * 64 // 1000
    half = audio[start + longest // 2 : start + longest]
    levels = np.square(half[: len(half) // step * step]).reshape(-1, step).mean(axis=1)
    return start + longest // 2 + int(levels.argmin()) * step + step // 2


def _joined(pieces: list[Transcript]) -> Transcript:
    return Transcript(
        text=" ".join(piece.text for piece in pieces),
        words=tuple(word for piece in pieces for word in piece.words),
        language=pieces[0].language,
        confidence=min(piece.confidence for piece in pieces),
    )
