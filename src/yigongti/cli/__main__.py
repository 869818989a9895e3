"""``python -m yigongti.cli``."""

from yigongti.cli import app

app(prog_name="yigongti")
