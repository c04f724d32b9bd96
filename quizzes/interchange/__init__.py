"""Questions from and to other systems: GIFT, Aiken and Moodle XML.

```
text ── reader of a format ──> records ── definitions ──> Content ── plan (beside the bank, merged) ──> one transaction
bank ── definitions ─────────> records ── writer of the format ──> text, and what it could not hold
```

`records` is the neutral form between a format and the bank's kinds: it speaks of answers and shares of the marks as those
formats do. One module a format reads and writes (`gift_*`, `aiken`, `moodle_*`), `formats` lists them, `definitions` knows the
kinds, `merge` keeps what a format cannot hold when a question comes back, `plan` compares with the bank and writes.
"""
