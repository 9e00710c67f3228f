"""The page: what people who read no JSON open. Server-drawn, works without script, sends nothing elsewhere.

Where things are:

    router.py          every route of the page: a new page's router is added here
    navigation.py      what stands in the menu; a page is shown to the roles that `service.api.auth.PAGES` gives it
    rendering.py       `render(watched, template, ...)`: a template in the frame of `base.html`, with the strict headers
    routing.py         `router()`: routes whose errors are answered as pages; words of the errors in `error.html`
    forms.py           a posted form: its origin, its token against forgery, its fields
    sessions.py        who is signed in; links.py: one-time links; attempts.py: failed sign-ins; account.py:
                       company accounts; sign_in.py: their pages
    week.py            `/`, this week; record.py: recording what was done, by entry.py (a form as it was typed) and just.py
                       (saying it, with an undo); person.py: one person; seen.py: who saw them
    teams.py           what to expect of units and teams; place.py: the way through the units
    dashboard.py       the months of a unit, and one figure of it; measures.py: its numbers in words
    charts_groups.py   the charts of both
    model.py           what the model was trained on, how good it is, its limits; charts_model.py: its two charts;
                       verdict.py: whether it can be trusted, in one answer
    guide.py           what a score is, in five sentences
    words.py           a risk, a day, a band, an action in plain English; ranges.py: how far a risk may be off
    charts.py          the parts every chart is made of; charts_person.py: the charts of a person
    published.py       what a run leaves for the page; known.py: reads it; rhythm.py: conversations packed and unpacked
    templates/         one a page, each a block of `base.html`; `parts.html`: macros that pages share
    static/page.css    tokens (colours, space) first, then parts; static/page.js: comfort only

A page asks the same functions as the API does (`service.lists`, `service.store`), sees what `service.lists.view` lets it
see, and writes whom it shows to the access log before it answers.
"""
