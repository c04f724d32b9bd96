import resource

import pytest

from labs.experiments.catalogue import get
from labs.experiments.spec import Change, SpecError
from labs.live.http_service import MAXIMUM_CONNECTIONS
from labs.live.limits import (
    MAXIMUM_CONNECTIONS_PER_SERVICE,
    MAXIMUM_DATABASE_CONNECTIONS,
    check_live,
    connections_per_service,
    refusals,
)


@pytest.mark.parametrize(
    ("descriptors", "services", "expected"),
    [(1024, 6, 128), (20_000, 6, 512), (resource.RLIM_INFINITY, 6, 512), (1024, 1, 512), (64, 6, 1), (1024, 0, 512)],
)
def test_shares_the_descriptors_of_the_process_among_the_services(
    monkeypatch: pytest.MonkeyPatch, descriptors: int, services: int, expected: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda which: (descriptors, descriptors))
    assert connections_per_service(services) == expected


def test_a_client_never_opens_more_connections_than_its_service_takes() -> None:
    assert MAXIMUM_CONNECTIONS_PER_SERVICE < MAXIMUM_CONNECTIONS


def test_a_change_is_judged_by_what_those_before_it_have_left() -> None:
    rates = {"rate_a_rps": 100.0, "rate_b_rps": 100.0, "rate_c_rps": 100.0}
    higher = [Change(1.0, "set", "rate_a_rps", 400.0), Change(2.0, "set", "rate_b_rps", 400.0)]
    lower = [Change(3.0, "set", "rate_a_rps", 10.0), Change(4.0, "set", "rate_b_rps", 400.0)]
    spec = get("bulkhead").spec(parameters=rates, arms=["split", "shared"], changes=[*higher, *lower])
    assert list(refusals(spec)) == [1]
    assert "1200 requests/s" in refusals(spec)[1]


def test_a_run_may_not_allow_more_connections_than_its_databases_take() -> None:
    lab = get("connection-pool")
    most = MAXIMUM_DATABASE_CONNECTIONS // 2
    check_live(lab.spec(parameters={"max_connections": most}, arms=["size-5", "size-10"], world="live"))
    with pytest.raises(SpecError) as refused:
        check_live(
            lab.spec(parameters={"max_connections": most + 1}, arms=["size-5", "size-10"], world="live", duration_s=30.0)
        )
    assert f"up to {most} connections" in refused.value.errors["max_connections"]
