"""What comes in and goes out: files, messages and requests of other systems, mapped by readable policy."""
