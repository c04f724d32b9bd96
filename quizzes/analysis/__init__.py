"""Item analysis: how questions and quizzes perform, by classical test theory.

`reader` turns attempts into a `sheet`; `items`, `choices`, `times`, `scores` and `reliability` are plain arithmetic over it,
`flags` says what to look at, `reports` puts a page's figures together. Every figure comes with its interval where there is
one, and none is given from too few attempts (`ENOUGH_...` in `sheet`).

Who is asked once a question is one row; several attempts of one person are not independent, so first attempts are the
default. Scores are those of the grades as they stand, so a regrade changes the analysis; people are grouped and ranked by
their share of the points, which is all that attempts with different draws have in common.
"""
