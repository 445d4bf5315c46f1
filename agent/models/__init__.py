"""The model store: files checked against models.lock, fetched from the hub, mirrors or a folder."""

from agent.models.lock import Model, ModelFile, ModelLock
from agent.models.store import ModelError, ModelStore

__all__ = ["Model", "ModelError", "ModelFile", "ModelLock", "ModelStore"]
