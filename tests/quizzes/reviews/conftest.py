"""The small material of the courses' tests, for cards that hang on its lesson."""

from tests.courses.conftest import files, material

__all__ = ["files", "material"]
