"""The parts of the card that are the same for every model: what it is for, what guards people, what a version passed."""

from typing import Final

USE: Final = """\
To help an HR business partner decide whom to talk to first, and about what. A risk is the chance that
somebody at risk on the day leaves of their own accord by the horizon: of a hundred people at 10 %, about ten
leave and ninety stay.

It must not be used

- to decide about pay, promotion, a contract or a dismissal, or to deny anybody anything;
- to judge how well or how loyally somebody works, or how well a manager does;
- to predict or influence union, works-council or protest activity;
- without a human who talks to the person and may disagree with the number;
- in another company than the one whose records it was made from.

Reasons say what moved the number. They are associations in these records, not causes: acting on one need not
change what happens."""

MODES: Final = {
    "full": "a linear part and boosted trees over all columns below, added up to one score for each interval",
    "tenure": "the hazard by time in the company, shrunk to the base rate; nothing else about a person moves the risk",
    "base_rate": "the base rate alone; everybody has the same risk, and a list made from it is in no order",
}

GUARDS: Final = """\
- A human decides. Nothing is triggered by a score; an HR business partner sees it with its reasons and may
  disagree.
- A person who objects is not scored from that day on (table `objections`), and the answer says no more than
  that.
- Health, disability, pregnancy, union, religion, ethnicity, age, birth, gender, nationality, marital and
  family facts are left out at the door, by the names of columns, signals and questions; so are tickets of
  categories such as grievance, whistleblowing, medical and legal. Leave is only a mask on time.
- The table `protected` feeds the fairness audit alone. No feature, label or split reads it, and nothing but
  counts and shares of groups comes out of it, those under 5 kept back.
- Comments become a number; their text is not stored, logged or sent on. Confidential and anonymous answers
  enter only as means over at least five, never as a value in a reason.
- This bundle holds numbers and names of columns: nobody's row. Scores are given only to whoever holds a key of
  a role that may read them.
- A person can be erased: every table of the service lets go of them, and a certificate says so. Rows of who saw
  whom stay, and point at nobody.
- Every published run is watched: its people and scores are held against the training window, what to expect of it
  is estimated until it is known, and what became of earlier runs stands beside what was said of them
  (`GET /v1/monitoring`, with what to do next). Nothing is trained or put back by itself.
- When risks and exits drift apart, train again: the level is tested at every training. Until then `rollback`
  brings back the version before. Who moved a version, when and why is kept in a history that cannot be edited
  unseen."""

DUTIES: Final = """\
Facts to check with counsel, not advice:

- EU AI Act (Regulation (EU) 2024/1689): systems that inform decisions on work relationships or monitor and
  evaluate workers are high-risk (Annex III, point 4); one that profiles people is so without exception
  (Article 6(3)). Whoever deploys one has it overseen by competent people and keeps its logs (Article 26), and
  informs workers' representatives and workers before it is used (Article 26(7)). A person affected may ask
  for an explanation (Article 86).
- GDPR: profiling of employees; a data protection impact assessment comes first (Article 35), people are told
  (Articles 13 to 15), may object (Article 21), and are not subject to decisions based on it alone (Article
  22).
- National law may give works councils a say before it is used (in Germany BetrVG section 87(1) no. 6)."""

PASSED: Final = """\
A version is promoted only after all of these; the figures they rested on stand in the version's verdict:

- At least 5 people left voluntarily within the intervals it learned from.
- Out of time by 90 days its AUC, Brier skill and observed/expected are numbers, and leavers observed were not
  clearly under half, nor over twice, of those expected.
- No column knows everything beforehand; of a full model, labels dealt out anew taught it nothing, and columns
  that know nothing brought it nothing.
- At least nine in ten of those who may be scored on the training day got a sound risk at every horizon.
- Where there was a champion: out of time it was not clearly worse on the same people, and the scores did not jump.
- Its bundle gives its golden rows (generated, nobody's) their risks, and this card and the sheet of the data
  follow from its manifest word by word."""
