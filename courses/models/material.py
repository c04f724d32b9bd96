"""What every row that may come from a file remembers of that file."""

from django.db import models


class MaterialSource(models.Model):
    """Where a row came from.

    `source_text` is the file's text (or the entry's part of it) as last accepted, `source_hash` its hash; `loaded_hash` is
    the hash of the row's fields as last loaded: where it differs from the row as it is, somebody edited the row.
    `conflict_text` is the newer text of a file that could not be loaded over such an edit; empty when there is none.
    """

    source_path = models.CharField(max_length=200, blank=True, editable=False, default="")
    source_position = models.PositiveIntegerField(editable=False, default=0)
    source_text = models.TextField(blank=True, editable=False, default="")
    source_hash = models.CharField(max_length=64, blank=True, editable=False, default="")
    loaded_hash = models.CharField(max_length=64, blank=True, editable=False, default="")
    conflict_text = models.TextField(blank=True, editable=False, default="")

    SOURCE_FIELDS = ("source_path", "source_position", "source_text", "source_hash", "loaded_hash", "conflict_text")

    class Meta:
        abstract = True

    @property
    def in_conflict(self) -> bool:
        return bool(self.conflict_text)


class MaterialRow(MaterialSource):
    """A row that a file of the material makes and that the admin may edit. `slug` is its identity in files."""

    slug = models.SlugField(max_length=80, unique=True)

    class Meta:
        abstract = True
