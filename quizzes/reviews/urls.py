from django.urls import path

from quizzes.reviews.views import anki, cards, pages, session

app_name = "reviews"
urlpatterns = [
    path("review/", session.review, name="review"),
    path("review/ratings/", session.ratings, name="ratings"),
    path("review/undo/", session.undo, name="undo"),
    path("review/more/", session.more_new, name="more_new"),
    path("review/statistics/", pages.statistics, name="statistics"),
    path("review/settings/", pages.preferences, name="settings"),
    path("review/preview/", cards.preview, name="preview"),
    path("review/cards/", cards.card_list, name="cards"),
    path("review/cards/new/", cards.card_new, name="card_new"),
    path("review/cards/<uuid:uuid>/", cards.card_edit, name="card_edit"),
    path("review/cards/<uuid:uuid>/delete/", cards.card_delete, name="card_delete"),
    path("review/cards/<uuid:uuid>/restore/", cards.card_restore, name="card_restore"),
    path("review/anki/", anki.anki, name="anki"),
    path("review/anki/deck.apkg", anki.anki_export, name="anki_export"),
    path("review/anki/<uuid:uuid>/", anki.anki_preview, name="anki_preview"),
    path("review/anki/<uuid:uuid>/undo/", anki.anki_undo, name="anki_undo"),
    path("review/<uuid:uuid>/answer/", session.answer, name="answer"),
    path("review/<uuid:uuid>/bury/", session.bury, name="bury"),
    path("review/<uuid:uuid>/suspend/", session.suspend, name="suspend"),
    path("review/<uuid:uuid>/away/", cards.card_away, name="card_away"),
]
