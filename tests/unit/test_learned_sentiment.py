"""What comments mean is learned from the scores beside them: from what was known, without the person who is read."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from features.company import NO_SHARE, UNIT, Comments, Company
from features.days import to_day
from features.ingest import load
from features.sentiment import UNREAD, to_bytes, valences, valued
from features.settings import FeatureSettings
from models.manifest import Language, SentimentFacts
from tests.builders import folder, jobs, people, survey
from tests.oracle_comments import number, runs
from training import sentiment, vader
from training.sample import END, make, write
from training.sentiment import LEAST_COMMENTS, Learned, learn

CUTOFF = to_day(END) - 180
TODAY = 20_000
GOOD, BAD = ("great", "helpful", "proud", "enjoy"), ("awful", "tired", "chaos", "unfair")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample company's folder."""
    path = tmp_path_factory.mktemp("sample") / "data"
    write(make(300, 24, 7), path)
    return path


@pytest.fixture(scope="module")
def company(data: Path) -> Company:
    """The sample company through the door."""
    return load(data, FeatureSettings(), to_day(END)).company


@pytest.fixture(scope="module")
def learned(company: Company) -> Learned:
    """What was learned half a year before the end."""
    return learn(company, CUTOFF, 1)


def comments_of(company: Company) -> Comments:
    """The company's comments, which are there."""
    assert company.comments is not None
    return company.comments


def drawn(path: Path, size: int, rng: np.random.Generator, **more: Any) -> Company:
    """People who each commented once, in good words beside a high score or bad words beside a low one."""
    rows = []
    for place in range(size):
        happy = rng.random() < 0.5
        text = " ".join(rng.choice(GOOD if happy else BAD, 3))
        rows.append(survey(f"S{place:04d}", f"E{place + 1:06d}", responded_at=f"2021-03-{2 + place % 20:02d}",
                           score=rng.integers(6, 11) if happy else rng.integers(0, 5), comment=text, **more))  # fmt: skip
    target = folder(path / "data", employees=people(size), job_history=jobs(size), surveys=rows)
    return load(target, FeatureSettings(), TODAY).company


def test_later_comments_are_ranked_like_their_scores(company: Company, learned: Learned) -> None:
    """Comments that nobody had written on the training day sound as high as they were scored, in six languages."""
    comments = comments_of(company)
    assert learned.valence is not None
    values = valences(comments, learned.valence)
    later = (comments.answered > CUTOFF) & (comments.score != NO_SHARE) & (values != UNREAD)
    assert later.sum() > 200
    assert stats.spearmanr(values[later], comments.score[later]).statistic > 0.5


def test_the_numbers_have_the_scores_spread_around_the_average(company: Company, learned: Learned) -> None:
    """Held-out numbers lie around 0, as far apart as the scores."""
    comments, tones = comments_of(company), learned.training.tones
    assert tones is not None
    known = comments.score[(comments.answered <= CUTOFF) & (comments.score != NO_SHARE)] / UNIT
    said = tones.valence[tones.answered <= CUTOFF] / UNIT
    assert abs(said.mean()) < 0.01
    assert 0.9 < said.std() / known.std() < 1.1


def test_fewer_than_fifty_labelled_comments_teach_nothing(tmp_path: Path, rng: np.random.Generator) -> None:
    """With 49 nothing reads comments, and there is no number; with 50 there is."""
    company = drawn(tmp_path, LEAST_COMMENTS, rng)
    comments = comments_of(company)
    one_less = replace(comments, score=np.where(np.arange(LEAST_COMMENTS) == 7, NO_SHARE, comments.score))
    few, enough = (learn(replace(company, comments=which), TODAY, 1) for which in (one_less, comments))
    assert (few.valence, few.training.tones, few.scoring.tones) == (None, None, None)
    assert (few.facts.labelled, few.facts.languages, few.facts.read) == (49, (), False)
    assert enough.valence is not None
    assert (enough.facts.labelled, enough.facts.read) == (50, True)


def test_without_comments_there_is_nothing(company: Company) -> None:
    """A company without surveys has no comments to learn from."""
    found = learn(replace(company, surveys=None, comments=None), CUTOFF, 1)
    assert (found.valence, found.facts.labelled, found.training.tones) == (None, 0, None)


def test_what_was_written_later_changes_nothing(company: Company, learned: Learned) -> None:
    """Weights, facts and the numbers of known comments are the same when all later comments say the opposite."""
    comments = comments_of(company)
    later = (comments.answered > CUTOFF) & (comments.score != NO_SHARE)
    other = replace(comments, score=np.where(later, UNIT - comments.score, comments.score))
    again = learn(replace(company, comments=other), CUTOFF, 1)
    assert again.valence is not None
    assert learned.valence is not None
    assert to_bytes(again.valence) == to_bytes(learned.valence)
    assert again.facts == learned.facts
    for mine, theirs in ((again.training.tones, learned.training.tones), (again.scoring.tones, learned.scoring.tones)):
        assert mine is not None
        assert theirs is not None
        assert np.array_equal(mine.valence, theirs.valence)


def test_the_order_of_comments_does_not_matter(company: Company, learned: Learned, rng: np.random.Generator) -> None:
    """The same comments in another order within each person give the same weights to the last bit."""
    comments = comments_of(company)
    order = np.lexsort((rng.random(len(comments.person)), comments.person))
    again = learn(replace(company, comments=taken(comments, order)), CUTOFF, 1)
    assert again.valence is not None
    assert learned.valence is not None
    assert to_bytes(again.valence) == to_bytes(learned.valence)
    assert again.facts == learned.facts


def taken(comments: Comments, order: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Comments:
    """The comments in another order."""
    parts = [comments.gram[comments.first[row] : comments.first[row + 1]] for row in order]
    moved = {name: values[order] for name, values in vars(comments).items() if name not in {"first", "gram"}}
    return Comments(**moved, first=np.append(0, np.cumsum([len(p) for p in parts])), gram=np.concatenate(parts))


def test_scoring_reads_by_the_weights_that_are_shipped(company: Company, learned: Learned) -> None:
    """Whoever has the weights has the numbers."""
    tones, again = learned.scoring.tones, valued(company, learned.valence).tones
    assert tones is not None
    assert again is not None
    assert np.array_equal(tones.valence, again.valence)
    assert learned.training.comments is learned.scoring.comments is None


def test_what_only_one_person_says_teaches_nothing_about_them(tmp_path: Path, rng: np.random.Generator) -> None:
    """Everybody repeats words of their own beside a score of their own: held out by person, nothing is left to learn.

    Held out by comment it would look perfect. The words are put together from few letters, so that all are known.
    """
    rows = []
    for place in range(40):
        text = " ".join("".join(rng.choice(list("ab"), 4)) for _ in range(6))
        score = int(rng.integers(0, 11))
        rows += [survey(f"S{place}-{n}", f"E{place + 1:06d}", responded_at="2021-03-02", score=score, comment=text)
                 for n in range(10)]  # fmt: skip
    path = folder(tmp_path / "data", employees=people(40), job_history=jobs(40), surveys=rows)
    found = learn(load(path, FeatureSettings(), TODAY).company, TODAY, 1)
    (line,) = found.facts.languages
    assert line.rank_correlation is not None
    assert line.rank_correlation < 0.2
    assert found.valence is None


def test_a_persons_own_comments_are_read_without_them(company: Company, learned: Learned) -> None:
    """Another score of one person's moves how others' comments are read, and not how their own are.

    The common centre and spread move a little with every score, so the order is compared.
    """
    comments = comments_of(company)
    known = (comments.answered <= CUTOFF) & (comments.score != NO_SHARE) & (comments.person >= 0)
    person = np.bincount(comments.person[known]).argmax()
    mine = comments.person == person
    flipped = replace(comments, score=np.where(mine & known, UNIT - comments.score, comments.score))
    again = learn(replace(company, comments=flipped), CUTOFF, 1)
    before, after = learned.training.tones, again.training.tones
    assert before is not None
    assert after is not None
    own = before.person == person
    one, other = before.valence[own] / UNIT, after.valence[after.person == person] / UNIT
    slope, intercept = np.polyfit(one, other, 1)
    assert np.abs(slope * one + intercept - other).max() < 1e-5
    assert np.abs(slope - 1) < 0.05
    assert learned.valence is not None
    assert again.valence is not None
    assert not np.array_equal(learned.valence.weights, again.valence.weights)


def test_what_few_people_say_has_no_weight(tmp_path: Path, rng: np.random.Generator) -> None:
    """A word that one person uses, however often, is not in the weights; one that two use is."""
    company = drawn(tmp_path, 80, rng)
    rows = [("E000001", "zyxw"), ("E000002", "qpkj"), ("E000003", "qpkj")]
    extra = [survey(f"X{n}", who, responded_at="2021-04-01", score=9, comment=word)
             for n, (who, word) in enumerate([*rows, *rows, *rows])]  # fmt: skip
    (tmp_path / "more").mkdir()
    path = folder(tmp_path / "more" / "data", employees=people(80), job_history=jobs(80), surveys=extra)
    more = load(path, FeatureSettings(), TODAY).company
    both = joined(comments_of(company), comments_of(more))
    found = learn(replace(company, comments=both), TODAY, 1).valence
    assert found is not None
    known = {word: [found.weights[number(run)] != 0 for run in runs(word) if len(run) > 2] for word in ("zyxw", "qpkj")}
    assert not any(known["zyxw"])
    assert all(known["qpkj"])


def joined(one: Comments, other: Comments) -> Comments:
    """Both tables' comments, in order of person."""
    columns = {name: np.concatenate([values, vars(other)[name]]) for name, values in vars(one).items()}
    columns["first"] = np.append(one.first, one.first[-1] + other.first[1:])
    return taken(Comments(**columns), np.argsort(columns["person"], kind="stable"))


def test_a_comment_without_a_score_is_read_and_does_not_teach(tmp_path: Path, rng: np.random.Generator) -> None:
    """Scores taken away from some rows leave these comments readable."""
    company = drawn(tmp_path, 120, rng)
    comments = comments_of(company)
    silent = np.arange(120) % 2 == 0
    found = learn(
        replace(company, comments=replace(comments, score=np.where(silent, NO_SHARE, comments.score))), TODAY, 1
    )
    assert found.facts.labelled == 60
    assert found.training.tones is not None
    assert len(found.training.tones.person) == 120
    assert stats.spearmanr(found.training.tones.valence[silent], comments.score[silent]).statistic > 0.5


def test_nameless_comments_teach(tmp_path: Path, rng: np.random.Generator) -> None:
    """Confidential comments alone are enough to learn from; only weights come of it, and group means."""
    company = drawn(tmp_path, 80, rng, attribution="confidential")
    found = learn(company, TODAY, 1)
    assert found.valence is not None
    assert found.training.tones is not None
    assert not found.training.tones.identified.any()


def test_languages_are_told_apart_from_fifty_comments_on(company: Company, learned: Learned) -> None:
    """One line a language by its primary tag, most comments first, and the others together."""
    lines, comments = learned.facts.languages, comments_of(company)
    known = (comments.answered <= CUTOFF) & (comments.score != NO_SHARE)
    counts = {name: int((comments.language[known] == code).sum()) for code, name in enumerate(company.names.languages)}
    assert {line.language: line.comments for line in lines if line.language != "other"} == {
        name: count for name, count in counts.items() if count >= LEAST_COMMENTS
    }
    assert sum(line.comments for line in lines) == learned.facts.labelled == known.sum()
    own = [line for line in lines if line.language != "other"]
    assert [line.comments for line in own] == sorted((line.comments for line in own), reverse=True)
    assert all(line.rank_correlation is not None and line.rank_correlation > 0.4 for line in own)


def test_another_language_is_not_read(tmp_path: Path, learned: Learned) -> None:
    """Words that the company's comments never used have no number."""
    texts = ("Мне здесь очень нравится.", "ここで働くのが好きです", "Viihdyn täällä hyvin, kiitos kysymästä")
    rows = [survey(f"S{place}", comment=text, responded_at="2021-03-02") for place, text in enumerate(texts)]
    strangers = load(folder(tmp_path / "data", surveys=rows), FeatureSettings(), TODAY).company
    assert learned.valence is not None
    assert valences(comments_of(strangers), learned.valence).tolist() == [UNREAD] * 3


def test_comments_that_say_nothing_of_the_score_teach_nothing(tmp_path: Path, rng: np.random.Generator) -> None:
    """Where held-out comments do not rank like their scores, no number is made of them."""
    company = drawn(tmp_path, 200, rng)
    comments = comments_of(company)
    found = learn(replace(company, comments=replace(comments, score=rng.permutation(comments.score))), TODAY, 1)
    assert (found.valence, found.training.tones) == (None, None)
    assert (found.facts.labelled, found.facts.read) == (200, False)


def test_the_latest_comments_teach(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the most that teach, the oldest are left out."""
    comments = comments_of(company)
    monkeypatch.setattr(sentiment, "MOST_COMMENTS", 100)
    rows = sentiment.labelled(company, comments, CUTOFF)
    days = np.sort(comments.answered[(comments.answered <= CUTOFF) & (comments.score != NO_SHARE)])
    assert comments.answered[rows].tolist() == days[-100:].tolist()


def test_vader_stands_beside_english_alone(data: Path, company: Company, learned: Learned) -> None:
    """The yardstick reads the same rows of the file; other languages have none."""
    lines = {line.language: line for line in vader.beside(learned.facts, company, CUTOFF, data).languages}
    assert {name for name, line in lines.items() if line.vader is not None} == {"en"}
    assert lines["en"].vader is not None
    assert lines["en"].rank_correlation is not None
    assert 0.3 < lines["en"].vader < lines["en"].rank_correlation


def test_vader_scores_the_rows_that_taught(tmp_path: Path) -> None:
    """Three comments in the file's order: the figure is 1 where VADER ranks them as their scores do."""
    texts = ["", "This is horrible.", "", "It is a table.", "I love this, wonderful!"]
    rows = [survey(f"S{n}", comment=text, responded_at="2021-03-02", score=2 * n, language="en-GB")
            for n, text in enumerate(texts)]  # fmt: skip
    path = folder(tmp_path / "data", surveys=rows)
    company = load(path, FeatureSettings(), TODAY).company
    facts = SentimentFacts(3, (Language("en", 3, None, None),))
    assert vader.beside(facts, company, TODAY, path).languages[0].vader == 1.0
