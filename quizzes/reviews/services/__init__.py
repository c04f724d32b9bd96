"""What can be done here. Views, tasks and the admin call these; only they write."""
