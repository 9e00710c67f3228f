"""A home with an embedded registry whose champion can be anything: sound versions, and copies that are not."""

import atexit
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import lightgbm
import numpy as np

from features import sentiment
from features.grams import BUCKETS
from features.sentiment import Valence
from models import registry, trees
from models.bundle import Bundle
from models.linear import Linear, Term, four
from models.registry import ALIAS, NAME, Registry
from models.version import DIGEST
from service.settings import Settings
from tests import registered, small_models
from tests.running import REQUEST, Server

_WIDTH: Final = len(small_models.COLUMNS) + 1


def trees_text(seed: int) -> str:
    """A small model that LightGBM fitted, with splits by number, by null and by category."""
    generator = np.random.default_rng(seed)
    rows = generator.normal(size=(2_000, _WIDTH)) * 100
    rows[:, 5] = generator.integers(0, 40, 2_000)
    rows[:, small_models.TENURE] = generator.integers(0, 3_000, 2_000)
    rows[:, -1] = generator.integers(0, 4, 2_000)
    rows[generator.random(rows.shape) < 0.1] = np.nan
    pull = np.nan_to_num(rows[:, 0] + 120 * (rows[:, 5] % 3 == 0) + rows[:, small_models.TENURE] / 20 - 75)
    data = lightgbm.Dataset(rows, generator.random(2_000) < 1 / (1 + np.exp(-pull / 50)), categorical_feature=[5])
    asked = {"objective": "binary", "num_leaves": 12, "verbosity": -1, "num_threads": 1, "seed": seed,
             "min_data_per_group": 10, "cat_smooth": 1.0, "cat_l2": 1.0}  # fmt: skip
    return trees.scaled(lightgbm.train(asked, data, num_boost_round=12).model_to_string(), 0.3)


def weights(seed: int) -> bytes:
    """What reads comments, made up."""
    generator = np.random.default_rng(seed)
    return sentiment.to_bytes(Valence(generator.integers(-(2**20), 2**20, BUCKETS).astype(np.int32), 1 << 20))


def bundle(into: Path, seed: int) -> Bundle:
    """A sound bundle; another seed, other answers."""
    term = Term("career_tenure_days", True, 0.0, 8.0, four([-0.1 * seed] * 4), four([-0.4] * 4), four([0.1] * 4))
    linear = Linear(four([-3.2, -3.0, -2.9, -2.1]), (term,))
    typical = tuple(float(value) for value in range(len(small_models.COLUMNS)))
    return small_models.sound(into, trees_text(seed), weights(seed), linear=linear, typical=typical)


@dataclass(frozen=True)
class Followed:
    """A home, and its registry as someone who may write to it holds it."""

    home: Path
    opened: Registry

    @property
    def settings(self) -> Settings:
        """The settings of that home."""
        return Settings(home=self.home)

    @property
    def store(self) -> Path:
        """Its bundle store."""
        return self.home / "bundles"

    def crown(self, number: int) -> None:
        """Let the alias name a version, whatever it is."""
        self.opened.client.set_registered_model_alias(NAME, ALIAS, str(number))

    def smuggle(self, bundle: Path, digest: str, more: Mapping[str, str] | None = None) -> int:
        """Register a folder, which moves, as the next version without anybody looking at it, and make it the champion; its number.

        Parameters
        ----------
        digest
            What the registry is to say of it.
        more
            Further files beside the bundle, by name.
        """
        place = Path(tempfile.mkdtemp(dir=self.home / "mlartifacts", prefix="case-"))
        bundle.rename(place / registry.FOLDER)
        for name, text in (more or {}).items():
            (place / name).write_text(text)
        return self.register(place.as_uri(), digest)

    def register(self, source: str, digest: str) -> int:
        """Register what lies at an address as the next version, and make it the champion; its number."""
        run = self.opened.version(1).run_id
        made = self.opened.client.create_model_version(NAME, source=source, run_id=run, tags={DIGEST: digest})
        self.crown(int(made.version))
        return int(made.version)


@cache
def template() -> Path:
    """A home whose registry holds two sound versions, the first of them the champion; made once, to be copied."""
    folder = Path(tempfile.mkdtemp(prefix="retention-followed-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    opened = registry.connect(folder / "home", None, create=True)
    for seed in (1, 2):
        registered.register(opened, bundle(folder / str(seed), seed))
    opened.promote(1, "tests", "the first", registered.AT)
    return folder


def sound(number: int) -> Path:
    """The bundle of a version of the template."""
    return template() / str(number)


def followed(home: Path) -> Followed:
    """A copy of the template to play with."""
    shutil.copytree(template() / "home", home, dirs_exist_ok=True)
    return Followed(home, registry.connect(home, None))


def answers(server: Server, content: bytes = REQUEST) -> Any:
    """What the server says of people: everything but the name of the model that said it."""
    status, found = server.ask("POST", "/v1/scores?reasons=5", content)
    assert status == 200, found
    return json.dumps(found["scores"])


def served(server: Server) -> str:
    """Digest of the model that the server has loaded."""
    return str(server.ask("GET", "/v1/model")[1]["digest"])
