"""Pages (`pages`), the running round's JSON (`running`), scoring (`scoring`), the report and what follows (`report`)."""
