from courses.examples.layer_rule import violations

LAYERS = ("presentation", "business", "data")
DOWN = [("presentation.pages", "business.orders"), ("business.orders", "data.orders")]


def test_imports_that_lead_down_or_stay_are_fine() -> None:
    assert violations(LAYERS, [*DOWN, ("data.orders", "data.connection")]) == []


def test_an_import_from_above_is_found() -> None:
    assert violations(LAYERS, [*DOWN, ("data.orders", "presentation.dates")]) == [
        "data.orders imports presentation.dates, which lies above it"
    ]


def test_a_layer_may_be_skipped_in_relaxed_layering_only() -> None:
    skip = [("presentation.pages", "data.orders")]
    assert violations(LAYERS, skip) == []
    assert violations(LAYERS, skip, strict=True) == ["presentation.pages imports data.orders, past the layer between"]
