"""What the queue calls."""

from uuid import UUID

from django.db import close_old_connections
from procrastinate.contrib.django import app


@app.task(name="jobs.run")
def run(job: str) -> None:
    """Run one job on a sound connection of this thread."""
    from .running import run

    close_old_connections()
    try:
        run(UUID(job))
    finally:
        close_old_connections()
