"""What pages are served from: diagrams drawn, and the index that search reads. Both can be made again at any time."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class Diagram(models.Model):
    """An SVG under the hash of what it was drawn from, so it may be cached for ever."""

    sha = models.CharField(max_length=64, primary_key=True)
    svg = models.TextField()
    drawn_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.sha


class SearchEntry(models.Model):
    """A page that can be found. `key` is its kind and slug; `vector` weighs title, summary and text A, B and C."""

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20)
    url = models.CharField(max_length=300)
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    text = models.TextField(blank=True)
    vector = SearchVectorField(null=True)

    class Meta:
        indexes = [GinIndex(fields=["vector"], name="search_entry_vector")]

    def __str__(self) -> str:
        return self.key
