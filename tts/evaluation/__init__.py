"""How good the voice is: understood, liked, like its teacher, complete, and at the right level.

python -m tts.evaluation prints the table; see `__main__`.
"""
