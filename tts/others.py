"""Other voices to be faster than, measured on the same machine in the same run; for the bench.

Kokoro int8 through ONNX Runtime makes a whole sentence at once. Pocket TTS (Kyutai, MIT) streams;
its weights cannot be had everywhere, so it is built in its published shapes and left untrained:
that takes as long, and says nothing.
"""

from __future__ import annotations

import json
import logging
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import torch

from tts.codec import SAMPLE_RATE
from tts.evaluation.teacher import Teacher
from tts.figure import Figure
from tts.phonemes import PhonemeFrontEnd

POCKET_SHAPES = ("english_2m_2026-10", "english_7m_2026-10", "english_18m_2026-10")
VOICE_FRAMES = 125
"""Frames of the recording that a Pocket TTS voice is made from: 10 s."""


def kokoro(teacher: Teacher, sentences: Sequence[str]) -> Iterator[Figure]:
    """Kokoro's speed: seconds to a whole sentence, phonemes by our front end included."""
    pronounce = PhonemeFrontEnd()
    teacher.speak(pronounce(sentences[0]).symbols)
    took, spoken = [], 0
    for sentence in sentences:
        begin = time.perf_counter()
        spoken += len(teacher.speak(pronounce(sentence).symbols))
        took.append(time.perf_counter() - begin)
    yield Figure("Kokoro int8, whole sentence", f"{median(took) * 1000:.0f} ms median")
    yield Figure("Kokoro int8, real-time factor", f"{sum(took) / spoken * SAMPLE_RATE:.3f}")


def pocket(shape: str, sentences: Sequence[str]) -> Iterator[Figure]:
    """Speed of Pocket TTS in one of its shapes, with its own two threads."""
    from pocket_tts.models.mimi import build_mimi
    from pocket_tts.models.tts_model import TTSModel, stamp_state_names
    from pocket_tts.modules.stateful_module import init_states
    from pocket_tts.utils.config import CONFIGS_DIR, load_config

    logging.getLogger("pocket_tts").setLevel(logging.ERROR)
    config = load_config(CONFIGS_DIR / f"{shape}.yaml")
    table = config.flow_lm.lookup_table
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tokenizer.json"
        path.write_text(json.dumps(words_as_tokens(table.n_bins, sentences)), encoding="utf-8")
        table.tokenizer_path, table.tokenizer = str(path), "tokenizers"
        # It never ends by itself, but at the length that Pocket TTS expects of the text.
        model = TTSModel._from_pydantic_config(config, 0.3, 1, None, 1e9, None)
    model.mimi = build_mimi(config.mimi)
    model.eval()
    stamp_state_names(model)
    width = config.flow_lm.transformer.d_model
    with torch.no_grad():
        voice = init_states(model.flow_lm, batch_size=1, sequence_length=VOICE_FRAMES)
        prompt = torch.randn(1, VOICE_FRAMES, width)
        model._run_flow_lm_and_increment_step(model_state=voice, audio_conditioning=prompt)
    first, took, spoken = [], 0.0, 0
    for sentence in (sentences[0], *sentences):
        begin = time.perf_counter()
        heard = []
        for chunk in model.generate_audio_stream(voice, sentence):
            heard.append((time.perf_counter() - begin, len(chunk)))
        first.append(heard[0][0])
        took += heard[-1][0]
        spoken += sum(samples for _, samples in heard)
    name = f"Pocket TTS {shape}, untrained"
    yield Figure(f"{name}: first audio", f"{median(first[1:]) * 1000:.0f} ms median")
    yield Figure(f"{name}: real-time factor", f"{took / spoken * SAMPLE_RATE:.3f}")


def words_as_tokens(count: int, sentences: Sequence[str]) -> dict[str, object]:
    """A tokenizer of as many tokens as the real one has, a word each: about as many in a text."""
    words = sorted({word for sentence in sentences for word in sentence.split()})
    vocabulary = ["<unknown>", *words][:count]
    vocabulary += [f"<{i}>" for i in range(count - len(vocabulary))]
    return {
        "version": "1.0",
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "model": {
            "type": "WordLevel",
            "vocab": {word: i for i, word in enumerate(vocabulary)},
            "unk_token": "<unknown>",
        },
    }
