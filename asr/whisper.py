"""Whisper in short windows, guarded against its known faults.

Whisper (Radford et al. 2022) was trained on 30 s of audio and pays for all 30 s whatever it
hears; through CTranslate2 its encoder takes less. Short windows cost a sixth of the time, but
bring two faults back: sentences said once are written twice or without end, and silence is given
words. Both are looked for in what was decoded, and what is doubted is decoded again in a longer
window and with a beam. A ban on repeated n-grams, the usual guard, would eat "seven seven seven".
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer

from asr.audio import RATE, Audio
from asr.errors import ModelUnreadableError
from asr.settings import HearingSettings
from asr.transcript import Language, Transcript, Word, joined

_WINDOWS = (8, 10, 15, 30)  # seconds; below 8 the word error climbs
_DOUBT_WINDOW = 15  # seconds; here Whisper does not repeat itself
_DOUBT_BEAM = 5
_FRAMES = 100  # mel frames per second
_ALIGNED = 50  # encoder frames per second
_PIECE = 28.0  # seconds; longer audio is cut into pieces no longer than this
_TOKENS_PER_SECOND = 6  # of the fastest speech, so that a loop ends early
_TOKENS_SPARE = 8
_WORDS_LEAST = 1.0  # per second; of speech, there are hardly ever fewer
_EARLY = 4.0  # seconds; in less, few words are no sign that more were said
_UNHEARD = 2.0  # seconds after the last word that are worth a second look
_DOUBTFUL = -0.6  # mean log probability below which words are doubted
_INVENTED = -1.0  # mean log probability below which words are dropped,
_FEW_TOKENS = 3  # or if there are so few of them,
_NO_SPEECH = 0.6  # when no speech is as probable as this


@dataclass(frozen=True)
class _Decoded:
    tokens: list[int]
    score: float
    no_speech: float
    capped: bool
    encoded: ctranslate2.StorageView
    tokenizer: Tokenizer
    spoken: Language | None = None

    @property
    def doubtful(self) -> bool:
        """The words may be wrong: improbable, or a sign of Whisper's loops in them."""
        trigrams = list(zip(self.tokens, self.tokens[1:], self.tokens[2:], strict=False))
        repeats = len(set(trigrams)) < len(trigrams)
        return self.capped or repeats or self.score < _DOUBTFUL

    @property
    def code(self) -> str:
        """Code of the language that was decoded."""
        return str(self.tokenizer.language_code)

    @property
    def text(self) -> str:
        """The words, or nothing where there was no speech to write down."""
        text: str = self.tokenizer.decode(self.tokens).strip()
        # Over silence Whisper likes to say a word or two, "you" above all, and does not doubt it.
        unlikely = self.score < _INVENTED or len(self.tokens) <= _FEW_TOKENS
        invented = unlikely and self.no_speech > _NO_SPEECH
        return "" if invented or not any(letter.isalnum() for letter in text) else text


@dataclass(frozen=True)
class FirstLook:
    """One greedy decode of up to 30 s of audio, and what it was made of."""

    audio: Audio
    decoded: _Decoded
    whisper: Whisper

    @property
    def doubtful(self) -> bool:
        """Whether the second look will decode it anew."""
        return self.decoded.doubtful

    def settle(self) -> Transcript:
        """The words and their times; what was left in doubt is decoded again."""
        return self.whisper.hear_on(self)

    @property
    def transcript(self) -> Transcript:
        """The likely words: no times, and nothing where Whisper ran in a loop."""
        code = self.decoded.code
        return Transcript(language=code) if self.decoded.capped else _transcript(self.decoded, ())


class Whisper:
    """A Whisper model in CTranslate2's format, int8 on the CPU; one decode at a time.

    Raises ModelUnreadableError when `model_dir` holds no such model.
    """

    word_times = True

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

    def transcribe(self, audio: Audio, *, language: str | None = None) -> Transcript:
        """The words of `audio` (float32[n] at 16 kHz, full scale 1); blocks while decoding.

        `language` is a Whisper code or "auto", the settings' when None. Audio of any length; what
        is longer than 28 s is cut at quiet moments.
        """
        return self._hear_on(audio, None, language or self._language)

    def look(self, audio: Audio, *, language: str | None = None) -> FirstLook:
        """The quickest decode of up to 30 s of audio; blocks while decoding."""
        decoded = self._decode(audio, _window(audio), language or self._language)
        return FirstLook(audio, decoded, self)

    def hear_on(self, look: FirstLook) -> Transcript:
        """The same as `transcribe` of what was looked at; blocks while decoding."""
        return self._hear_on(look.audio, look.decoded, look.decoded.code)

    def place(self, text: str, audio: Audio) -> tuple[Word, ...]:
        """Where the English words of `text` are in up to 30 s of audio; blocks meanwhile."""
        encoded = self._encode(audio, _window(audio))
        tokenizer = self._tokenizer("en", encoded)
        tokens = tokenizer.encode(f" {text}")
        placed = _Decoded(tokens, 0.0, 0.0, False, encoded, tokenizer)
        return self._align(placed, len(audio) / RATE, 0.0)

    def _hear_on(self, audio: Audio, first: _Decoded | None, language: str) -> Transcript:
        pieces = []
        start = 0
        while True:
            end = _quiet_end(audio, start)
            piece = audio[start:end]
            # A first look reaches to the end: it is of no use where the audio must be cut.
            seen = first if first is not None and end - start == len(audio) else None
            decoded = self._decode_surely(piece, seen, language)
            words = self._align(decoded, (end - start) / RATE, start / RATE)
            pieces.append(_transcript(decoded, words))
            start = _heard_until(words, start, end)
            if start == len(audio):
                return joined([piece for piece in pieces if piece.text] or pieces[:1])

    def _decode_surely(self, audio: Audio, seen: _Decoded | None, language: str) -> _Decoded:
        window = _window(audio)
        decoded = seen or self._decode(audio, window, language)
        spoken = None
        if decoded.doubtful:
            spoken = self._other_language(decoded)
            window = max(window, _DOUBT_WINDOW)
            decoded = self._decode(audio, window, language, beam=_DOUBT_BEAM)
        if decoded.capped:
            decoded = self._decode(audio, window, language, unrepeated=3)
        return replace(decoded, spoken=spoken)

    def _other_language(self, decoded: _Decoded) -> Language | None:
        """What the speech sounds like, where it is not what it was taken for: one token's time."""
        if not self._model.model.is_multilingual:
            return None
        likeliest = self._likeliest_language(decoded.encoded)
        return None if likeliest.code == decoded.code else likeliest

    def _likeliest_language(self, encoded: ctranslate2.StorageView) -> Language:
        token, probability = self._model.model.detect_language(encoded)[0][0]
        return Language(token.strip("<|>"), probability)

    def _decode(
        self, audio: Audio, window: int, language: str, *, beam: int = 1, unrepeated: int = 0
    ) -> _Decoded:
        encoded = self._encode(audio, window)
        tokenizer = self._tokenizer(language, encoded)
        prompt = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        longest = round(_TOKENS_PER_SECOND * len(audio) / RATE) + _TOKENS_SPARE
        result = self._model.model.generate(
            encoded,
            [prompt],
            beam_size=beam,
            max_length=len(prompt) + longest,
            no_repeat_ngram_size=unrepeated,
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

    def _encode(self, audio: Audio, window: int) -> ctranslate2.StorageView:
        """What the encoder makes of `audio` followed by silence, `window` seconds together."""
        padding = window * RATE - len(audio)
        mel = self._model.feature_extractor(audio, padding=padding)[:, : window * _FRAMES]
        features = ctranslate2.StorageView.from_array(np.ascontiguousarray(mel[None]))
        return self._model.model.encode(features)

    def _tokenizer(self, language: str, encoded: ctranslate2.StorageView) -> Tokenizer:
        multilingual = self._model.model.is_multilingual
        if language == "auto" and multilingual:
            language = self._likeliest_language(encoded).code
        if language not in self._tokenizers:
            self._tokenizers[language] = Tokenizer(
                self._model.hf_tokenizer, multilingual, task="transcribe", language=language
            )
        return self._tokenizers[language]

    def _align(self, decoded: _Decoded, seconds: float, offset: float) -> tuple[Word, ...]:
        """Word times by dynamic time warping over the cross-attention."""
        if not decoded.text:
            return ()
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


def _window(audio: Audio) -> int:
    """The shortest window, in seconds, that holds `audio`."""
    return next(window for window in _WINDOWS if window * RATE >= len(audio))


def _transcript(decoded: _Decoded, words: tuple[Word, ...]) -> Transcript:
    confidence = math.exp(decoded.score)
    return Transcript(decoded.text, words, decoded.code, confidence, decoded.spoken)


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


def _heard_until(words: tuple[Word, ...], start: int, end: int) -> int:
    """Where to hear on after the piece from `start` to `end`: seldom before its end.

    Whisper may take the end of a sentence for the end of all speech: few words, then nothing.
    """
    seconds = (end - start) / RATE
    if not words or seconds <= _EARLY or len(words) >= _WORDS_LEAST * seconds:
        return end
    last = round(words[-1].end * RATE)
    return last if start < last < end - _UNHEARD * RATE else end
