"""Facts about people as of a day: data folders and posted people in, time-correct feature rows out.

Three doors lead in: `ingest.load` (a data folder), `posted` (one request's people) and `build.build` (the engine, which
both feed). Nothing here knows a model, a label, the network or the clock.
"""
