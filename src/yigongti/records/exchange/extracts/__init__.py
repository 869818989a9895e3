"""De-identified extracts for research and planning: asked for, approved by a second person, checked, logged."""
