"""What can be done with the bank and with attempts. Views, tasks, the admin and the material call these; only they write."""
