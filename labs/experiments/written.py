"""Knobs and ledger rows as people write them in a shell: `failure_rate=0.3`, `40:failure_rate=0.3`, `60:break`, `60:kill:a`.

Text becomes the kind of value that the knob takes where it can; where it cannot, it stays text and the spec's check says
what is allowed.
"""

from dataclasses import dataclass

from labs.experiments.contract import Experiment, Knob
from labs.experiments.events import Scalar
from labs.experiments.spec import Change

ON, OFF = ("true", "on", "yes", "1"), ("false", "off", "no", "0")


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, split but not yet understood. `t_s` is 0 for a knob set before the run."""

    name: str
    text: str = ""
    t_s: float = 0.0
    action: bool = False

    def pair(self, experiment: Experiment) -> tuple[str, Scalar]:
        return self.name, value_of(experiment, self.name, self.text)

    def change(self, experiment: Experiment) -> Change:
        if self.action:
            return Change(self.t_s, "do", self.name, None, self.text)
        return Change(self.t_s, "set", self.name, value_of(experiment, self.name, self.text))


def written_set(text: str) -> Written:
    """`NAME=VALUE`; raises ValueError with the form that was expected."""
    name, equals, value = text.partition("=")
    if not name.strip() or not equals:
        raise ValueError(f"{text!r} is not of the form NAME=VALUE")
    return Written(name.strip(), value.strip())


def written_change(text: str) -> Written:
    """`T:NAME=VALUE`."""
    t_s, rest = _time(text, "T:NAME=VALUE")
    try:
        knob = written_set(rest)
    except ValueError:
        raise ValueError(f"{text!r} is not of the form T:NAME=VALUE") from None
    return Written(knob.name, knob.text, t_s)


def written_do(text: str) -> Written:
    """`T:ACTION` or `T:ACTION:TARGET`."""
    t_s, rest = _time(text, "T:ACTION[:TARGET]")
    action, _colon, target = rest.partition(":")
    if not action.strip():
        raise ValueError(f"{text!r} is not of the form T:ACTION[:TARGET]")
    return Written(action.strip(), target.strip(), t_s, action=True)


def value_of(experiment: Experiment, name: str, text: str) -> Scalar:
    """The text as the kind of value that the knob takes, or as it is."""
    knob = next((knob for knob in experiment.knobs if knob.name == name), None)
    return text if knob is None else _value(knob, text)


def _value(knob: Knob, text: str) -> Scalar:
    if isinstance(knob.default, bool):
        return True if text.lower() in ON else False if text.lower() in OFF else text
    if isinstance(knob.default, str):
        return text
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def _time(text: str, form: str) -> tuple[float, str]:
    time, _colon, rest = text.partition(":")
    try:
        return float(time), rest
    except ValueError:
        raise ValueError(f"{text!r} is not of the form {form}: T is a number of seconds") from None
