"""Work that nobody waits for: the pulse (short, every moment) and procrastinate's jobs (long or scheduled)."""
