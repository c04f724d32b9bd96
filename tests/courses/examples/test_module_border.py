from courses.examples.module_border import Module, breaches, imported_names, ratchet

MODULES = {
    "booking": Module(public=frozenset({"booking.api"}), uses=frozenset({"billing"})),
    "billing": Module(public=frozenset({"billing.api"})),
}


def test_public_names_of_declared_modules_may_be_imported() -> None:
    assert breaches(MODULES, [("booking.desk", "billing.api")]) == set()


def test_a_module_may_import_its_own_inside_and_libraries() -> None:
    assert breaches(MODULES, [("billing.api", "billing.tables"), ("billing.api", "decimal")]) == set()


def test_reaching_past_the_public_names_is_a_breach() -> None:
    assert breaches(MODULES, [("booking.desk", "billing.tables")]) == {"booking.desk reaches into billing.tables"}


def test_a_module_that_is_not_declared_is_a_breach_even_by_its_public_name() -> None:
    assert breaches(MODULES, [("billing.invoices", "booking.api")]) == {
        "billing.invoices uses booking, which billing does not declare"
    }


def test_imports_are_read_from_the_source_wherever_they_stand() -> None:
    source = "import billing.api\n\ndef late():\n    from billing.tables import invoices\n    return invoices\n"
    assert imported_names(source) == {"billing.api", "billing.tables"}


def test_recorded_breaches_pass_and_new_ones_fail() -> None:
    assert ratchet({"old"}, {"old"}) == []
    assert ratchet({"old", "fresh"}, {"old"}) == ["new: fresh"]


def test_a_mended_breach_must_leave_the_list() -> None:
    assert ratchet(set(), {"old"}) == ["mended, take it off the list: old"]
