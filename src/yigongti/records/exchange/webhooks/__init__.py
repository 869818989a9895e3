"""Webhooks: systems that subscribe are told what happened, by signed requests that are tried until they arrive."""
