"""Speaking: an incremental flow-matching text-to-speech engine."""
