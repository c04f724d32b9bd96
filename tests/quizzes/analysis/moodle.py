"""22 attempts at a quiz, with the figures that Moodle's own tests expect of them.

The marks of six slots of `mod/quiz/report/statistics/tests/fixtures/mdl_question_states.csv` and the sum of all marks; what is
expected is in `statistics_test.php` beside it, computed there with a spreadsheet.
"""

TOTALS = (
    12, 7.4, 11.7, 8.5, 10.1, 11.3, 11.2, 14.1, 8.6, 11.6, 9.3, 13.1, 11.5, 11.3, 5.5, 4.8, 8.7, 11.8, 6, 5.9, 12.8, 13.8,
)  # fmt: skip
MARKS = {
    8: (5.5, 1, 2.5, 4, 3, 4.5, 3, 6, 0.5, 5.5, 2.5, 4, 4, 3, 1, 1, 1.5, 4, 2, 1, 6, 7),
    9: (0.3, 0.9, 1, 0.3, 0.9, 0.9, 0.3, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 1, 1, 0.3, 1, 0.9, 0.9, 1, 0.9, 0.9),
    13: (1, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 1),
    17: (1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1),
}
MAXIMUM = {8: 8, 9: 1, 13: 1, 17: 1}
# facility, standard deviation as a share of the maximum, discrimination index (the correlation with the rest), efficiency
EXPECTED = {
    8: (0.4119318182, 1.912733589 / 8, 0.2588327077, 0.2723492723),
    9: (0.8136363636, 0.2512738111, 0.01170256965, 0.01382386552),
    13: (0.3636363636, 0.4923659639, -0.1299017581, -0.175074184),
    17: (0.6363636364, 0.4923659639, 0.1518945843, 0.174790556),
}
