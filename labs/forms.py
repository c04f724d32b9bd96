"""What pages send as JSON, read strictly: every field is known, of its type and finite, or the answer says what is wrong."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from django.http import HttpRequest

from labs.experiments.events import Scalar
from labs.experiments.spec import WORLDS, Change, SpecError
from labs.limits import limits
from labs.services import RunOrder

Check = Callable[[Any], bool]


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The request's JSON object. Raises SpecError, field `body`."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > limits().body_bytes:
        raise SpecError({"body": f"Send at most {limits().body_bytes // 1024} KiB."})
    try:
        found = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        raise SpecError({"body": "This is not valid JSON."}) from None
    if not isinstance(found, dict):
        raise SpecError({"body": "Send a JSON object."})
    return found


def run_order(lab: str, body: Mapping[str, Any]) -> RunOrder:
    _check(
        body,
        {
            "parameters": ("an object of knobs", _is_scalars),
            "world": (f"one of {', '.join(WORLDS)}", lambda value: value in WORLDS),
            "seed": ("a whole number, or nothing", _optional(_is_whole)),
            "duration_s": ("a number of seconds, or nothing", _optional(_is_number)),
            "arms": ("a list of names", _is_names),
            "prediction": ("an object of answers, or nothing", _optional(_is_scalars)),
            "scenario": ("a name", _is_text),
        },
    )
    return RunOrder(
        lab=lab,
        parameters=body.get("parameters", {}),
        world=body.get("world", "simulated"),
        seed=body.get("seed"),
        duration_s=body.get("duration_s"),
        arms=tuple(body.get("arms", ())),
        prediction=body.get("prediction"),
        scenario=body.get("scenario", ""),
    )


def change(body: Mapping[str, Any], prefix: str = "") -> Change:
    _check(
        body,
        {
            "t_s": ("a number of seconds", _is_number),
            "kind": ("set or do", lambda value: value in ("set", "do")),
            "name": ("a name", _is_name),
            "value": ("a number, a text, true or false", _optional(_is_scalar)),
            "target": ("a name", _optional(_is_text)),
        },
        required=("t_s", "kind", "name"),
        prefix=prefix,
    )
    return Change(
        t_s=float(body["t_s"]),
        kind=body["kind"],
        name=body["name"],
        value=body.get("value"),
        target=body.get("target") or "",
    )


def fork(body: Mapping[str, Any]) -> tuple[float, list[Change], Mapping[str, Scalar]]:
    """The instant, the changes from there on, and the parameters that differ from the start."""
    _check(
        body,
        {
            "t_s": ("a number of seconds", _is_number),
            "changes": ("a list of changes", lambda value: isinstance(value, list) and all(map(_is_object, value))),
            "parameters": ("an object of knobs", _is_scalars),
        },
        required=("t_s",),
    )
    found = body.get("changes", [])
    if len(found) > limits().changes:
        raise SpecError({"changes": f"A run takes {limits().changes} changes at most."})
    changes = [change(row, prefix=f"changes.{place}.") for place, row in enumerate(found)]
    return float(body["t_s"]), changes, body.get("parameters", {})


def _check(
    body: Mapping[str, Any], fields: Mapping[str, tuple[str, Check]], required: tuple[str, ...] = (), prefix: str = ""
) -> None:
    errors = {f"{prefix}{name[:60]}": "There is no such field." for name in body if name not in fields}
    errors |= {f"{prefix}{name}": "This is needed." for name in required if name not in body}
    errors |= {
        f"{prefix}{name}": f"Give {wanted}."
        for name, (wanted, accepts) in fields.items()
        if name in body and not accepts(body[name])
    }
    if errors:
        raise SpecError(errors)


def _optional(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 200 and "\0" not in value


def _is_name(value: Any) -> bool:
    return _is_text(value) and bool(value)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, bool | int | float) or _is_text(value)


def _is_scalars(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_text(name) and _is_scalar(item) for name, item in value.items())


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 100 and all(map(_is_name, value))


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)
