"""The watched folder: ``INBOX/<source>/<mapping>/file``. ``looking`` finds what rests there, ``taking`` moves it out of
reach and has it worked off, ``settling`` puts it into done/ or failed/ with its report, ``words`` tells people.

A delivery is one folder with a name of its own (its ticket) from the moment it is taken; the load is opened under the
ticket, so a process that dies anywhere goes on from what lies on the disk and never opens a second load.
"""
