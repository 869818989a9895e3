"""The parts of ``docs/`` that are written from the code: ``python -m yigongti.cli.documentation [--check]``."""
