"""Written text -> the words that are said: one module a kind of text, `tts.spoken` on top."""
