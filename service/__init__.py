"""The service room: scores over HTTP and by night, keys, the score store and the fetching of the champion.

It imports `models` and `features`; nothing imports it.
"""
