"""Work that nobody waits for: the pulse (short, every moment), and long work that somebody asked for (jobs).

``docs/jobs.md`` says how a room declares long work and shows how far it is.
"""
