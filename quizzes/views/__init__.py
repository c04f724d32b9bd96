"""Pages (`pages`), the running attempt's JSON (`saving`), and questions inside lessons (`inline`)."""
