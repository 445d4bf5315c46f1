"""Voxtral-4B-TTS-2603 in plain torch: the published weights, streamed frame by frame."""
