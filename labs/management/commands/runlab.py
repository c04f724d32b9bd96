"""`manage.py runlab SLUG`: run a lab without a browser, a server or a database."""

import json
import signal
import sys
import threading
from argparse import ArgumentTypeError
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labs.experiments import catalogue
from labs.experiments.contract import Experiment
from labs.experiments.events import Event, Failed, Finished, encode
from labs.experiments.simulate import RunError, simulate
from labs.experiments.spec import WORLDS, Change, RunSpec, SpecError
from labs.experiments.written import Written, written_change, written_do, written_set
from labs.management.results import Results, as_object, as_text

WRONG_INPUT = 2
TERMINATED = 128 + signal.SIGTERM
MAXIMUM_REPEATS = 1000


class Command(BaseCommand):
    help = "Run a lab and print its metrics by arm, beside what theory says."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("slug", help="of the lab; see `manage.py labs`")
        add(
            "--set",
            action="append",
            default=[],
            dest="sets",
            type=_argument(written_set),
            metavar="NAME=VALUE",
            help="turn a knob",
        )
        add("--seed", type=int, default=1, help="equal seeds give equal runs (default 1)")
        add("--duration", type=float, dest="duration_s", metavar="S", help="virtual seconds")
        add("--change", action="append", default=[], dest="rows", type=_argument(written_change), metavar="T:NAME=VALUE",
            help="turn a knob at T seconds")  # fmt: skip
        add("--do", action="append", dest="rows", type=_argument(written_do), metavar="T:ACTION[:TARGET]",
            help="press a chaos button at T seconds")  # fmt: skip
        add("--world", choices=WORLDS, default="simulated")
        add("--arm", action="append", default=[], dest="arms", metavar="NAME", help="run this arm; can be given several times")
        add(
            "--repeat",
            type=int,
            default=1,
            metavar="N",
            help="run with N seeds from --seed on; print means and 95 %% intervals",
        )
        add("--events", action="store_true", help="print each event as a line of JSON")
        add("--json", action="store_true", dest="as_json", help="print the result as one JSON object")

    def handle(self, *args: Any, slug: str, seed: int, repeat: int, events: bool, as_json: bool, **options: Any) -> None:
        if not 1 <= repeat <= MAXIMUM_REPEATS:
            raise _wrong(f"--repeat must be from 1 to {MAXIMUM_REPEATS}, not {repeat}")
        if repeat > 1 and events:
            raise _wrong("--events prints one run: leave out --repeat")
        experiment = _experiment(slug)
        specs = [_spec(experiment, seed + number, options) for number in range(repeat)]
        began_s = perf_counter()
        finished = [self._run(spec, events) for spec in specs]
        results = Results(experiment, specs[0], finished, perf_counter() - began_s)
        if as_json:
            self.stdout.write(json.dumps(as_object(results), indent=None if events else 2))
        elif not events:
            self.stdout.write("\n".join(as_text(results)))

    def _run(self, spec: RunSpec, print_events: bool) -> Finished:
        try:
            return self._played(spec, print_events)
        except BrokenPipeError:  # whoever read along has seen enough
            sys.stdout = None  # nothing is left to flush at exit
            sys.exit(0)

    def _played(self, spec: RunSpec, print_events: bool) -> Finished:
        finished = None
        try:
            with _terminated_in_order(), closing(_events(spec)) as events:
                for event in events:
                    if print_events:
                        self.stdout.write(encode(event).decode())
                    if isinstance(event, Failed):
                        raise CommandError(event.message)
                    if isinstance(event, Finished):
                        finished = event
        except SpecError as error:
            raise _wrong(_lines(error)) from None
        except RunError as error:
            raise CommandError(str(error)) from error
        if finished is None:
            raise CommandError("the run ended without a result")
        return finished


@contextmanager
def _terminated_in_order() -> Iterator[None]:
    """SIGTERM leaves as Ctrl-C does: a live run ends its servers and removes their data first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(*_signal: object) -> None:
        sys.exit(TERMINATED)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _events(spec: RunSpec) -> Generator[Event, None, None]:
    if spec.world == "simulated":
        return simulate(spec)
    from labs.live.iterate import iterate_live

    return iterate_live(spec)


def _experiment(slug: str) -> Experiment:
    try:
        return catalogue.get(slug)
    except catalogue.UnknownLab as error:
        raise _wrong(str(error)) from None


def _spec(experiment: Experiment, seed: int, options: dict[str, Any]) -> RunSpec:
    try:
        parameters = dict(written.pair(experiment) for written in options["sets"])
        changes: list[Change] = [row.change(experiment) for row in options["rows"] or []]
        return experiment.spec(
            parameters=parameters,
            seed=seed,
            duration_s=options["duration_s"],
            arms=tuple(options["arms"]),
            changes=changes,
            world=options["world"],
        )
    except SpecError as error:
        raise _wrong(_lines(error)) from None


def _argument(parse: Any) -> Any:
    def parsed(text: str) -> Written:
        try:
            result: Written = parse(text)
        except ValueError as error:
            raise ArgumentTypeError(str(error)) from None
        return result

    return parsed


def _wrong(message: str) -> CommandError:
    return CommandError(message, returncode=WRONG_INPUT)


def _lines(error: SpecError) -> str:
    return "\n".join(f"{field}: {message}" for field, message in error.errors.items())
