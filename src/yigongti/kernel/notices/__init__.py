"""Notices to people: in the product for everybody, and through a gateway (SMTP, SMS) for those who sit at no desk.

``docs/adr/0050-notices-leave-through-the-outbox.md`` says why nothing is ever sent inside a command.
"""
