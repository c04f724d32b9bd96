"""Anki's packages (.apkg): read without trusting them, and written.

```
bytes ── archive (zip, sizes) ──> SQLite ── collection ──> notes and note types ── templates ──> HTML ──> Markdown
flashcards and questions ── writing (genanki) ──> bytes
```

Read is the format that every Anki since 2.0 can write and that "Support older Anki versions" chooses today: `collection.anki21`
or `collection.anki2`, a SQLite database of schema 11. The newer `collection.anki21b` is compressed with Zstandard, which
Python's standard library cannot unpack before 3.14: it is refused with the words that help.
"""
