"""Thinking: the language model, the conversation as it was heard, and turn-taking."""
