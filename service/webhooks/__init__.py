"""Outgoing webhooks after the Standard Webhooks specification 1.0: thin, signed, tried again for days, and guarded."""
