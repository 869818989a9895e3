"""What the stored results say, for a county, a consortium, a member and a doctor, and indicator by indicator.

Pages here read stored results only, within what the reader may see; nothing is computed from facts.
"""
