"""What people wrote, as it comes with a form."""


def clean(text: str | None) -> str:
    """Line ends of one kind, and nothing that PostgreSQL cannot keep."""
    return (text or "").replace("\x00", "").replace("\r\n", "\n")
