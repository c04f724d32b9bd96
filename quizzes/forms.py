"""Forms of the admin: a question's content with its definition in YAML, a quiz with its draw and review in YAML.

What is wrong is said in words, at its field; the kinds and rules themselves do the checking.
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from pydantic import TypeAdapter
from pydantic import ValidationError as SchemaError

from courses.admin.yaml_field import LinesField, YamlField
from quizzes.draw import listed_by
from quizzes.kinds import all_kinds
from quizzes.models import Question, Quiz
from quizzes.rules import SECTIONS, ReviewPolicy, Section, mode_problems
from quizzes.services.bank import Content, definition_problems, in_words, lesson_problem

SECTIONS_EXAMPLE = """\
Each entry is a section. Either a number to pick from the bank:
- title: Work it out
  pick: 3
  tags: [breakers]          # a question must carry all of them
  kinds: [numeric]          # leave out for any kind
  difficulty: [1, 3]        # from 1 to 5
  points: 1                 # for each question
  intro: Read this first.   # Markdown, before the section is opened
  time_limit_s: 600         # its own clock; interviews only
or a fixed list:
- title: The same for everybody
  questions: [order-call-layers, breaker-late-success]"""
STEM_HELP = "Markdown. A text with blanks holds them as [[name]], a calculated number its parameters as {name}."
REVIEW_EXAMPLE = """\
From when each part is shown: submitted, attempts-used, closed or never. What is left out is shown when submitted.
marks: submitted
correctness: submitted
right_answer: attempts-used
feedback: attempts-used"""


class MarkdownField(forms.CharField):
    """Text with line ends of one kind: browsers send two characters for each."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "").replace("\r\n", "\n").strip()


class QuestionForm(forms.ModelForm):  # type: ignore[type-arg]
    """A question and the content of its newest version. Saving changed content adds a version."""

    kind = forms.ChoiceField(help_text="What the definition below must say follows from the kind.")
    stem = MarkdownField(widget=forms.Textarea(attrs={"rows": 8, "cols": 110}), help_text=STEM_HELP)
    definition = YamlField(help_text="YAML. Each kind's fields are shown in its example below.")
    hints = YamlField(
        required=False, help_text="YAML: a list of Markdown texts. Practice shows them one by one, for a share of the marks."
    )
    explanation = MarkdownField(
        widget=forms.Textarea(attrs={"rows": 6, "cols": 110}), required=False, help_text="Markdown, shown in reviews."
    )
    sources = LinesField(required=False, help_text="Markdown links, one a line.")
    tags = LinesField(required=False, help_text="One a line. Quizzes pick by them.")
    difficulty = forms.IntegerField(min_value=1, max_value=5, initial=2, help_text="1 recall … 5 expert.")
    covers = LinesField(required=False, help_text="Ids of the coverage map, one a line.")

    class Meta:
        model = Question
        fields = ["slug", "inline_allowed", "retired"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = self.fields["kind"]
        assert isinstance(kinds, forms.ChoiceField)
        kinds.choices = [(kind.slug, kind.label) for kind in all_kinds().values()]
        if self.instance.current is not None:
            self.initial.update({name: getattr(self.instance.current, name) for name in Content.NAMES})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "kind" in cleaned and "definition" in cleaned:
            for problem in definition_problems(cleaned["kind"], cleaned["definition"], cleaned.get("stem", "")):
                self.add_error("definition", problem)
        if cleaned.get("inline_allowed") and (asked := listed_by(cleaned.get("slug", ""))):
            self.add_error("inline_allowed", f"Lessons tell the answer, and {asked} asks it. Take it out of the quiz first.")
        if cleaned.get("inline_allowed") and (problem := lesson_problem(cleaned.get("kind", ""))):
            self.add_error("inline_allowed", problem)
        return cleaned

    def clean_hints(self) -> list[str]:
        hints = self.cleaned_data["hints"] or []
        if not isinstance(hints, list) or not all(isinstance(hint, str) and hint.strip() for hint in hints):
            raise ValidationError("Hints are a list of texts: a line that begins with “- ” for each.")
        return [hint.strip() for hint in hints]

    def content(self) -> Content:
        """The content as checked. Only of a valid form."""
        return Content(**{name: self.cleaned_data[name] for name in Content.NAMES})


class QuizForm(forms.ModelForm):  # type: ignore[type-arg]
    """A quiz; its draw and its review policy are written as YAML and checked by the rules themselves."""

    sections = YamlField(help_text=SECTIONS_EXAMPLE, keys=tuple(Section.model_fields))
    review = YamlField(required=False, help_text=REVIEW_EXAMPLE)
    covers = LinesField(required=False, help_text="Ids of the coverage map, one a line.")

    class Meta:
        model = Quiz
        fields = [
            "slug", "title", "summary", "published", "invited_only", "mode", "time_limit_s", "grace_s", "on_expiry",
            "attempts_allowed", "opens_at", "closes_at", "pass_mark", "layout", "one_way", "certainty", "retry_penalty",
            "hint_penalty", "shuffle_questions", "shuffle_options", "sections", "review", "covers",
        ]  # fmt: skip

    def clean_summary(self) -> str:
        return str(self.cleaned_data["summary"]).replace("\r\n", "\n").strip()

    def clean_sections(self) -> Any:
        sections = self.cleaned_data["sections"]
        found = self._checked(SECTIONS, sections)
        slugs = {slug for section in found for slug in section.questions}
        there = dict(Question.objects.filter(slug__in=slugs, retired=False).values_list("slug", "inline_allowed"))
        if missing := slugs - there.keys():
            raise ValidationError(f"The bank has no question called {', '.join(sorted(missing))}.")
        if told := sorted(slug for slug, inline_allowed in there.items() if inline_allowed):
            raise ValidationError(f"Lessons may ask {', '.join(told)} and tell the answer. Take others for a quiz.")
        return sections

    def clean_review(self) -> Any:
        review = self.cleaned_data["review"] or {}
        self._checked(TypeAdapter(ReviewPolicy), review)
        return review

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"mode", "sections", "one_way"} <= cleaned.keys():
            sections, limit = self._checked(SECTIONS, cleaned["sections"]), cleaned.get("time_limit_s")
            for field, words in mode_problems(cleaned["mode"], sections, one_way=cleaned["one_way"], time_limit_s=limit):
                self.add_error(field, words[0].upper() + words[1:] + ".")
        return cleaned

    def _checked(self, schema: TypeAdapter[Any], value: Any) -> Any:
        try:
            return schema.validate_python(value)
        except SchemaError as error:
            raise ValidationError(in_words(error)) from None
