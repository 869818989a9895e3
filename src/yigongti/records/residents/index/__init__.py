"""The master index: which record of which system is which resident.

``weights`` the trained model, ``staging`` what a load brings, ``rules`` decide alone, ``candidates`` who it may be,
``scoring`` how likely, ``deciding`` what follows, ``creating`` new residents, ``surviving`` which source wins.
"""
