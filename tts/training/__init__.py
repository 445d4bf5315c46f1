"""How the voice was trained: pitch, latents, backbone, and the export of its weights."""
