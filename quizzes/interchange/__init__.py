"""Questions and results in other programs' formats: GIFT, Aiken, Moodle XML, CSV."""
