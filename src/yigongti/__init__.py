"""Yigongti (医共体): the platform that runs a tightly-knit medical community."""

__version__ = "0.1.0"
