"""The model card: what the model is, what it was made from, how good it was, and what it must not be used for.

It is written from the manifest alone, so that every number in it can be worked out anew; what moves with the registry
(the champion, the verdict) stands with the version.

Source: Mitchell and others, "Model cards for model reporting", FAT* (2019).
"""

from features.catalogue import families
from models.limits import limits
from models.manifest import Correction, Manifest, SentimentFacts
from training import card_actions, card_evidence, governance
from training.markdown import document, share, table
from training.markdown import text as name
from training.splits import HEADLINE


def text(manifest: Manifest) -> str:
    """The card in Markdown; equal manifests give equal cards."""
    sections = (
        ("Model card: retention risk", _what(manifest)),
        ("What it is for", governance.USE.splitlines()),
        ("What it was made from", _made_from(manifest)),
        ("How good it was", card_evidence.evidence(manifest)),
        ("What was done to keep people", card_actions.card(manifest.acted)),
        ("Level of the recent past", _correction(manifest.correction)),
        ("Fairness", card_evidence.fairness(manifest.fairness)),
        ("Limits", [f"- {limit}" for limit in limits(manifest)]),
        ("What it had to pass", governance.PASSED.splitlines()),
        ("What guards people", governance.GUARDS.splitlines()),
        ("Duties of whoever uses it", governance.DUTIES.splitlines()),
    )
    return document(sections)


def _what(manifest: Manifest) -> list[str]:
    bands, training = manifest.bands, manifest.training
    limits_of = (
        f"elevated from {share(bands.elevated)}, high from {share(bands.high)}, critical from {share(bands.critical)}"
    )
    return [
        f"Mode `{manifest.mode}`: {governance.MODES[manifest.mode]}.",
        "",
        "- For everybody at risk on a day: the chance of a voluntary exit by 30, 90, 180 and 365 days, from what was known then.",
        f"- Bands are limits on the 90-day risk, never ranks: {limits_of}, else low.",
        f"- Trained to {training.trained_to}, with seed {training.seed}.",
        *_at_a_glance(manifest),
    ]


def _at_a_glance(manifest: Manifest) -> list[str]:
    """The headline figures of the served mode, in words."""
    served = [
        one for one in manifest.evidence if one.method == manifest.mode and one.horizon == HEADLINE and one.origins
    ]
    if not served:
        return ["- How good it is out of time is not known: the records are too short."]
    one = served[0]
    found = [
        f"- Out of time, by {HEADLINE} days: {_count(one.expected)} were expected to leave, {one.observed:,} left."
    ]
    if one.auc.value is not None and manifest.mode != "base_rate":
        found.append(
            f"- Of one who left and one who stayed it rated the first higher in {100 * one.auc.value:.0f} of 100 cases."
        )
    return found


def _made_from(manifest: Manifest) -> list[str]:
    training = manifest.training
    columns = ", ".join(f"{count} {family}" for family, count in families(manifest.spec).items())
    libraries = ", ".join(f"{library} {version}" for library, version in sorted(manifest.versions.items()))
    settings = ", ".join(f"{key} {value}" for key, value in sorted(manifest.params.items()))
    return [
        f"- Records from {training.observed_from} to {training.trained_to}.",
        f"- What became of people counts once it is {training.reporting_delay_days:,} days old.",
        f"- {training.people:,} people, {training.leavers:,} of whom left voluntarily.",
        f"- {training.landmarks:,} month ends, {training.rows:,} rows.",
        *_reference(manifest),
        f"- {len(manifest.columns):,} columns: {columns}.",
        f"- {len(manifest.linear.terms):,} of them in the linear part.",
        *([f"- Settings of the fit: {settings}."] if settings else []),
        *([f"- Made with {libraries}."] if libraries else []),
        "",
        *_sources(manifest),
        *_sentiment(manifest.sentiment),
    ]


def _reference(manifest: Manifest) -> list[str]:
    if manifest.reference is None:
        return []
    return [f"- To compare later people with: counts of {manifest.reference.people:,} people by bin, nobody's row."]


def _sources(manifest: Manifest) -> list[str]:
    rows = [
        (
            one.table,
            "-" if one.first is None else f"{one.first} to {one.last}",
            f"{one.rows:,}",
            f"{one.rejects:,}",
            f"{one.left_out:,}",
            "-" if one.coverage is None else share(one.coverage),
        )
        for one in manifest.sources
    ]
    if not rows:
        return ["The sources were not recorded.", ""]
    head = ("source", "span", "rows", "rejects", "left out", "people with a row")
    more = "More about the data stands in its sheet, `sheet.md`."
    return [*table(head, rows, words=2), "", more, ""]


def _sentiment(facts: SentimentFacts | None) -> list[str]:
    if facts is None or not facts.languages:
        labelled = 0 if facts is None else facts.labelled
        return [f"Comments: {labelled:,} came with a score, too few to learn from. No comment is read."]
    rows = [
        (name(one.language), f"{one.comments:,}", _number(one.rank_correlation), _number(one.vader))
        for one in facts.languages
    ]
    found = (
        f"Comments: how they sound was learned from {facts.labelled:,} with a score; rank correlation with it, out of fold:"
        if facts.read
        else f"Comments: {facts.labelled:,} came with a score, and those held out do not rank like it: no comment is read. "
        "The rank correlations:"
    )
    return [
        found,
        "",
        *table(("language", "comments", "rank correlation", "VADER's"), rows),
    ]


def _correction(found: Correction | None) -> list[str]:
    if found is None:
        return ["Whether recent exits fit the risks was not tested."]
    if found.p is None:
        return [
            f"Recent exits were too few to test the level on ({found.leavers:,} leavers); the risks stand as fitted."
        ]
    tested = (
        f"Of the intervals that closed after {found.since} and by {found.until}, {found.observed:,.0f} exits of "
        f"{found.leavers:,} people were held against {found.expected:,.1f} expected, and the ratio against that of "
        f"the time before (p = {found.p:.4f})."
    )
    if not found.applied:
        return [tested, "The difference is within chance; the risks stand as fitted."]
    shift = f"{found.level:+.3f} in log-odds, spread {found.slope:.3f} times"
    return [
        tested,
        f"The difference is not chance: the risks were moved ({shift}), shrunk towards staying as they were.",
    ]


def _count(value: float | None) -> str:
    return "none" if value is None else f"{value:,.1f}"


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
