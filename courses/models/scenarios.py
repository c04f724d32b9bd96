"""The files from which the laboratory's scenarios came. The laboratory stands below the courses and knows nothing of files."""

from django.db import models

from courses.models.material import MaterialSource
from labs.models import Scenario


class ScenarioSource(MaterialSource):
    """What one scenario remembers of its file, and the ids of the coverage map that it carries."""

    scenario = models.OneToOneField(Scenario, on_delete=models.CASCADE, related_name="source")
    covers = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.source_path or f"scenario {self.scenario_id}"
