import resource

import pytest

from labs.live.http_service import MAXIMUM_CONNECTIONS
from labs.live.limits import MAXIMUM_CONNECTIONS_PER_SERVICE, connections_per_service


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
