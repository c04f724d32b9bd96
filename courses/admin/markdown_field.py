"""A Markdown field in the admin: an editor, and beside it the text as the site shows it."""

from typing import Any

from django.forms import Textarea
from django.template.loader import render_to_string
from django.utils.safestring import SafeString


class MarkdownWidget(Textarea):
    """`nonce` lets the editor bring its style element past the CSP; `kind` says by whose rules the preview is made."""

    template_name = "admin/courses/markdown_widget.html"

    def __init__(self, *, nonce: str, kind: str, preview_url: str) -> None:
        super().__init__(attrs={"rows": 30, "cols": 100})
        self.nonce, self.kind, self.preview_url = nonce, kind, preview_url

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"] |= {
            "data-markdown": "",
            "data-nonce": self.nonce,
            "data-kind": self.kind,
            "data-preview-url": self.preview_url,
            "data-preview-id": f"preview-{name}",
        }
        return context

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """With the site's templates: the forms' own renderer knows Django's alone."""
        return render_to_string(self.template_name, self.get_context(name, value, attrs))
