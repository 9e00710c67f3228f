"""What `make demo` does: an invented company is made, checked, learned from, scored and served.

Each step is a command of the project, run as anybody else would run it. What it prints is a page for readers who know
no Python; the commands' own messages go to `demo.log` in the home. Run twice, it keeps the company it made.
"""

import argparse
import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn

EXAMPLE: Final = Path(os.path.relpath(Path(__file__).with_name("person.json")))
"""The body of an example request: one invented person."""
SHOWN: Final = 3
"""How many people of the list are printed."""
HORIZON: Final = 90
"""The horizon that gives the band, and that the evidence is told for. Unit: days."""
READY_SECONDS: Final = 120
"""How long the server may take to say that it is ready."""
MARK: Final = "demo.json"
"""Stands in a home of the demonstration, and holds which model it put into service."""
ELSEWHERE: Final = frozenset({"MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "RETENTION_STORE_URL"})
"""Settings that lead out of the home: an invented company has no business there."""
BANDS: Final = ("critical", "high", "elevated")
TALKS: Final = {
    "what": "what they do.",
    "how": "how they do it.",
    "want": "what they want to do.",
    "": "none is overdue.",
}


def say(text: str = "") -> None:
    """Print a line of the page, at once."""
    print(text, flush=True)


def stop(text: str, code: int) -> NoReturn:
    """End the demonstration with a message."""
    print(text, file=sys.stderr, flush=True)
    raise SystemExit(code)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Head a step, and close it with how long it took."""
    say(f"\n{title}\n{'-' * len(title)}")
    began = time.monotonic()
    yield
    say(f"({time.monotonic() - began:.0f} s)")


def champion(home: Path) -> str:
    """Read which model is served from a home; empty where there is none."""
    pointer = home / "bundles" / "champion.json"
    return pointer.read_text(encoding="utf-8") if pointer.exists() else ""


def choose_home() -> Path:
    """Take RETENTION_HOME, or a folder of the demo's own below it where the home holds a model of somebody else."""
    home = Path(os.environ.get("RETENTION_HOME", "").strip() or ".retention")
    mark = home / MARK
    if mark.exists():
        return home if mark.read_text(encoding="utf-8") == champion(home) else home / "demo"
    return home / "demo" if champion(home) or (home / "mlflow.db").exists() else home


class Demo:
    """One demonstration in one home."""

    def __init__(self, home: Path, employees: int, months: int, seed: int) -> None:
        self.home, self.employees, self.months, self.seed = home, employees, months, seed
        self.sample, self.scores, self.log = home / "sample", home / "sample-scores.csv", home / "demo.log"
        kept = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
        self.environ = {**kept, "RETENTION_HOME": str(home)}
        home.mkdir(parents=True, exist_ok=True)
        self.mark()

    def mark(self) -> None:
        """Note that the model served from this home is the demonstration's own."""
        (self.home / MARK).write_text(champion(self.home), encoding="utf-8")

    def run(self, *arguments: object, fine: tuple[int, ...] = (0,)) -> str:
        """Run `python -m ...`, and return what it printed; end with its message where it fails."""
        command = [sys.executable, "-m", *map(str, arguments)]
        watched = None if sys.stderr.isatty() else subprocess.PIPE  # whoever watches sees the command's own progress
        done = subprocess.run(command, env=self.environ, stdout=subprocess.PIPE, stderr=watched, text=True, check=False)
        told = (done.stderr or "").strip()
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"$ python {' '.join(command[1:])}\n{told}\n")
        if done.returncode not in fine:
            stop(f"This step failed: python {' '.join(command[1:])}\n{told}", done.returncode)
        return done.stdout.rstrip()

    def make(self) -> None:
        """Make the company, or keep the one made before."""
        if self.sample.exists():
            say(f"The company made earlier is used again: {self.sample}")
            return
        size = ("--employees", self.employees, "--months", self.months, "--seed", self.seed)
        self.run("training", "sample", *size, "--out", self.sample)
        say(f"{self.employees:,} employees with {self.months} months of records: job changes, surveys, HR tickets,")
        say(f"one-to-ones with their managers. Nobody in it is real. It lies in {self.sample}")

    def check(self) -> None:
        """Validate the records."""
        say("Each line is one kind of record. A reject breaks a rule; left out are rows that must not be used, such as")
        say("tickets about a grievance; coverage is the share of people who have such a record.\n")
        say(self.run("features", "check", "--data", self.sample))

    def train(self) -> None:
        """Train, test on past months, promote, and say in words how good it was."""
        say("The model learns who left and when, and is then tested on past days: made to forget all that came after,")
        say("it must say who will leave. Only if it holds is it put into service. This takes a few minutes ...")
        table = self.run("training", "train", "--data", self.sample, fine=(0, 3))
        (self.home / "evidence.txt").write_text(table + "\n", encoding="utf-8")
        self.run("service", "sync")
        self.mark()
        self.tell_evidence()
        say(f"The whole evidence, beside simpler ways to guess: {self.home / 'evidence.txt'}")

    def manifest(self) -> dict[str, Any]:
        """Read what the model in service says of itself."""
        digest = json.loads(champion(self.home))["digest"].removeprefix("sha256:")
        path = self.home / "bundles" / digest / "manifest.json"
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return manifest

    def tell_evidence(self) -> None:
        """Say what the test on past days showed at 90 days."""
        manifest = self.manifest()
        found = {one["method"]: one for one in manifest["evidence"] if one["horizon"] == HORIZON}
        own, by_tenure, known = found[manifest["mode"]], found["tenure"], manifest["training"]
        say(f"It learned from {known['people']:,} people, of whom {known['leavers']:,} resigned.")
        expected, left = round(own["expected"]), own["observed"]
        say(
            f"Asked on {own['origins']} past days how many would resign within {HORIZON} days: {expected:,}; {left:,} did."
        )
        say(
            f"Asked who: of one who resigned and one who stayed, it rated the first higher in {pairs(own)} of 100 cases"
        )
        say(f"(by time with the company alone in {pairs(by_tenure)}, by a coin in 50).")
        if manifest["mode"] != "full":
            say("There are too few leavers for a richer model: it goes by time with the company, or one rate for all.")

    def day(self) -> str:
        """Read up to which day the model in service was trained: the day to score."""
        return str(self.manifest()["training"]["trained_to"])

    def score(self) -> None:
        """Score everyone, and print the top of the list."""
        self.run("service", "score", "--data", self.sample, "--as-of", self.day(), "--out", self.scores)
        with self.scores.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        scored = sorted((row for row in rows if row["risk_90"]), key=lambda row: -float(row["risk_90"]))
        refused = Counter(row["no_score"].replace("_", " ") for row in rows if not row["risk_90"])
        why = "".join(f", {n} not ({code})" for code, n in refused.most_common())
        say(f"As of {self.day()}: {len(scored):,} people scored{why}.")
        say(f"Chance to resign within {HORIZON} days: {self.counted(Counter(row['band'] for row in scored))}.")
        say("At the top of the list, with the two strongest reasons and the conversation that is due:\n")
        for row in scored[:SHOWN]:
            reasons = "; ".join(filter(None, (row["reason_1"], row["reason_2"])))
            say(f"  {row['employee_id']}  {float(row['risk_90']) * 100:.0f} %, {row['band']}. {reasons}.")
            say(f"           Next conversation: {TALKS[row['next_conversation']]}")
        say()
        say(f"Everyone, with all reasons, in a file that a spreadsheet opens: {self.scores}")

    def counted(self, bands: Counter[str]) -> str:
        """Say how many people are in each band, and where each begins."""
        limits = self.manifest()["bands"]
        named = [f"{bands[band]:,} {band} (from {limits[band] * 100:.0f} %)" for band in BANDS]
        return f"{', '.join(named)}, {bands['low']:,} low"

    def serve(self) -> int:
        """Serve until stopped; the key and the address are printed once the server is ready."""
        name = f"demo {time.strftime('%Y-%m-%d %H:%M:%S')} {os.getpid()}"
        made = self.run("service", "keys", "add", "--name", name, "--role", "system", "--expires-days", "1")
        key, person = made.split()[-1], f"{name}, the page"
        self.run("service", "keys", "add", "--name", person, "--role", "hrbp", "--expires-days", "1")
        port = free_port()
        command = [sys.executable, "-m", "service", "serve", "--host", "127.0.0.1", "--port", str(port)]
        with self.log.open("a", encoding="utf-8") as log:
            server = subprocess.Popen(command, env=self.environ, stdout=log, stderr=log)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the server itself
        signal.signal(signal.SIGTERM, lambda *_: server.terminate())
        address = f"http://127.0.0.1:{port}"
        try:
            wait_until_ready(address, server)
        except TimeoutError:
            server.kill()
            server.wait()
            stop(f"The server did not become ready. See {self.log}", 1)
        link = self.run("service", "link", "--key", person, "--address", address).split()[-1]
        self.invite(address, key, link)
        server.wait()
        return 0

    def invite(self, address: str, key: str, link: str) -> None:
        """Print the link to the page, the address, the key and what to try."""
        say(f"Page:    {link}")
        say("         Open it in a browser: it shows whom to talk to this week, and signs in once.")
        say(f"Address: {address}")
        say(f"Key:     {key}")
        say("The key is shown only here. Ask about one invented person, in another window:\n")
        say(f'  curl -s {address}/v1/scores -H "Authorization: Bearer {key}" \\')
        say(f'    -H "Content-Type: application/json" -d @{EXAMPLE}\n')
        say(f"Every call is described at {address}/docs. Press Ctrl-C to stop.")


def pairs(evidence: dict[str, Any]) -> str:
    """Say an AUC as so many of a hundred pairs."""
    return "an unknown number" if evidence["auc"]["value"] is None else f"{100 * evidence['auc']['value']:.0f}"


def free_port() -> int:
    """Take RETENTION_PORT (8000) if nobody listens there, else any free port."""
    wanted = os.environ.get("RETENTION_PORT", "").strip() or "8000"
    if not (wanted.isdigit() and int(wanted) < 65_536):
        stop("RETENTION_PORT must be a port number from 0 to 65535.", 2)
    for port in (int(wanted), 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                say(f"Port {port} is taken; a free one is used.")
                continue
            return int(probe.getsockname()[1])
    stop("No port is free on 127.0.0.1.", 1)


def wait_until_ready(address: str, server: "subprocess.Popen[bytes]") -> None:
    """Ask /readyz until it answers 200; TimeoutError if the server ends first or takes too long."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError


def main() -> int:
    """Run the steps in order."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--employees", type=int, default=2000, help="people employed on a day")
    parser.add_argument("--months", type=int, default=36, help="months of records")
    parser.add_argument("--seed", type=int, default=7, help="another number is another company")
    options = parser.parse_args()
    demo = Demo(choose_home(), options.employees, options.months, options.seed)
    say("RETENTION RISK: A DEMONSTRATION")
    say(f"Everything it makes is kept in {demo.home} and may be deleted at any time.")
    with step("1. An invented company"):
        demo.make()
    with step("2. Checking its records"):
        demo.check()
    with step("3. Learning who leaves"):
        demo.train()
    with step("4. Scoring everyone"):
        demo.score()
    if os.environ.get("SERVE") == "0":
        say("\nWhat next?\n----------")
        say("Open the file above in a spreadsheet, or type `make demo` to ask about single people over HTTP.")
        say("What a score means, and what it must not be used for, stands in the README.")
        return 0
    say("\n5. Answering questions\n----------------------")
    return demo.serve()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an exit, so that the step under way is ended too
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
