"""The kind of policy of this room."""

from yigongti.records.linkage.configuration import LinkageModel

__all__ = ["LinkageModel"]
