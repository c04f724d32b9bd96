"""What is done with rounds and scorings. Views, tasks and the admin call these; only they write."""
