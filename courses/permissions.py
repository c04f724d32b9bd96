"""What instructors may do with courses, lessons, templates, checklists, exercises and decision records."""


def all_of(application: str, *models: str, actions: tuple[str, ...] = ("view", "add", "change", "delete")) -> tuple[str, ...]:
    return tuple(f"{application}.{action}_{model}" for model in models for action in actions)


INSTRUCTOR_PERMISSIONS = (
    *all_of("courses", "course", "module", "lesson", "decisiontemplate", "checklist", "exercise"),
    *all_of(
        "courses",
        *("historicalcourse", "historicalmodule", "historicallesson", "historicaldecisiontemplate", "historicalchecklist"),
        "historicalexercise",
        actions=("view",),
    ),
)
