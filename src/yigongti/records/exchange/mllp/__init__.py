"""HL7 v2 messages over MLLP: stored as they came, answered, worked off through the one door, replayable."""
