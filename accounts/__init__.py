"""Who uses the site: learners, instructors, candidates. Signing in is django-allauth's work."""
